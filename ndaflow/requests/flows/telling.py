"""Mails about a request to the person who made it."""

from typing import Any

from ndaflow.requests.flows.step import requester_of
from ndaflow.requests.models import AccessRequest
from trustcenter.audit import Change


def tell(change: Change, told: AccessRequest, template: str, **context: Any) -> None:
    """Mails the requester of `told` how it stands. An answer to the mail reaches whoever looks after the request."""
    change.mail(
        template,
        to=requester_of(told).email,
        context={"request": told, **context},
        reply_to=answers_to(told),
    )


def answers_to(request: AccessRequest) -> str:
    """The address of the member of staff who owns the request, or "": then the contact of the site answers."""
    owner = getattr(request, "owner", None)
    return owner.email if owner is not None and owner.is_active else ""
