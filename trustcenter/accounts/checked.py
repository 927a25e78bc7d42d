"""What flows take of what people typed: no more than a form would, because a flow is also called without one."""

from django.core.exceptions import ValidationError

from trustcenter.accounts import addresses
from trustcenter.accounts.refusals import Refusal
from trustcenter.audit import FlowError


def address(typed: str) -> str:
    """An address in its one spelling."""
    try:
        return addresses.canonical(typed)
    except ValidationError:
        raise FlowError(Refusal.NO_ADDRESS) from None
