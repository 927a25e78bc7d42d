"""What flows take of what people typed: no more than a form would, because a flow is also called without one."""

from django.core.exceptions import ValidationError

from trustcenter.accounts import addresses
from trustcenter.accounts.refusals import Refusal
from trustcenter.audit import FlowError
from trustcenter.web import typed


def address(text: str) -> str:
    """An address in its one spelling."""
    try:
        return addresses.canonical(text)
    except ValidationError:
        raise FlowError(Refusal.NO_ADDRESS) from None


def line(text: str) -> str:
    """A name, a title or a company."""
    try:
        return typed.line(text)
    except ValidationError:
        raise FlowError(Refusal.NOT_SHOWN) from None


def lines(text: str) -> str:
    """A text of several lines, without the space around it."""
    try:
        return typed.lines(text).strip()
    except ValidationError:
        raise FlowError(Refusal.NOT_SHOWN) from None
