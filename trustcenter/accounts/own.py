"""The row of somebody who takes a step in their own name."""

from trustcenter.accounts.models import User
from trustcenter.accounts.refusals import Refusal
from trustcenter.audit import FlowError


def lock(person: User) -> None:
    """Locks the account until commit. Raises FlowError if it was closed, or the person's data erased, meanwhile.

    A step that read the person before would write an erased name or company back, or open a request in their name.
    """
    if not User.objects.select_for_update(no_key=True).get(pk=person.pk).is_active:
        raise FlowError(Refusal.ACCOUNT_GONE)
