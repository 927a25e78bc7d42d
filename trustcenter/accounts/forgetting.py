"""An account without a person: what is left of it once their data were erased."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from trustcenter.accounts.models import Session, User
from trustcenter.work.mail import NOBODY


def forget_account(person: User) -> None:
    """Removes name, address, company and sessions from the account, and closes it. The caller has locked and records it.

    The row stays, because signatures and copies refer to it. Somebody who confirms the address later is a new person.
    """
    EmailAddress.objects.filter(user=person).delete()
    Authenticator.objects.filter(user=person).delete()
    Session.objects.filter(person=person).delete()
    person.email, person.name, person.company, person.is_active = anonymous_address(person), "", None, False
    person.set_unusable_password()
    person.language = ""
    person.save(update_fields=["email", "name", "company", "is_active", "password", "language"])


def anonymous_address(person: User) -> str:
    """An address that reaches nobody (RFC 2606) and says nothing, in the place of the one that was erased."""
    return f"{person.pk}{NOBODY}"
