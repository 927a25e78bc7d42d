"""Mails about a request to the person who made it, and to the colleagues who are told about it."""

from dataclasses import dataclass
from typing import Any

from ndaflow.requests.flows.step import requester_of
from ndaflow.requests.following.models import Follower
from ndaflow.requests.models import AccessRequest
from trustcenter.audit import Change
from trustcenter.work import mail


@dataclass(frozen=True)
class Told:
    """The mail that the requester gets, as its text for a colleague."""

    template: str
    context: dict[str, Any]

    @property
    def subject(self) -> str:
        return mail.words(self.template, self.context)[0]

    @property
    def body(self) -> str:
        return mail.words(self.template, self.context)[1]


def tell(change: Change, told: AccessRequest, template: str, **context: Any) -> None:
    """Mails the requester of `told` how it stands, and colleagues who agreed to be told what that mail says.

    A reply reaches the owner of the request.
    """
    context = {"request": told, **context}
    change.mail(template, to=requester_of(told).email, context=context, reply_to=answers_to(told))
    followers = Follower.objects.filter(request=told, person__is_active=True, ended_at=None).select_related("person")
    for follower in followers.order_by("pk"):
        assert follower.person is not None
        copied = {"told": Told(template, context), "access_request": told}
        change.mail("request_told", to=follower.person.email, context=copied, reply_to=answers_to(told))


def answers_to(request: AccessRequest) -> str:
    """The address of the member of staff who owns the request, or "": then the contact of the site answers."""
    owner = getattr(request, "owner", None)
    return owner.email if owner is not None and owner.is_active else ""
