"""The history of a request as its requester reads it: in the second person, and without our staff's names."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from ndaflow.requests.models import AccessRequest
from trustcenter.audit import history, words
from trustcenter.audit.actions import Action


@dataclass(frozen=True)
class Event:
    """One event."""

    at: datetime
    text: str


def own_history(request: AccessRequest) -> list[Event]:
    """The events of the request, newest first."""
    entries = history.history(request, but=(Action.REQUEST_REFUSED, Action.REQUEST_DRAFTED))
    told = [(entry, _sentence(entry)) for entry in entries]
    return [Event(entry.at, words.sentence(label, entry.detail)) for entry, label in told if label]


def _sentence(entry: history.Entry) -> str:
    """The sentence for the requester; empty for internal events."""
    match entry.action:
        case Action.REQUEST_OPENED:
            return _("You requested %(documents)s")
        case Action.REQUEST_SIGNED:
            return _("You signed %(agreement)s for %(entity)s")
        case Action.PAPER_UPLOADED:
            return _("You uploaded a paper for %(agreement)s")
        case Action.PAPER_WITHDRAWN:
            return _("You withdrew your paper for %(agreement)s")
        case Action.REQUEST_FORWARDED:
            return _("You forwarded the request to %(email)s")
        case Action.FOLLOWER_INVITED:
            return _("You asked us to send our e-mails to %(email)s too")
        case Action.FOLLOWER_AGREED:
            return _("%(actor)s agreed to get our e-mails")
        case Action.FOLLOWER_ENDED:
            return _("We no longer send our e-mails to %(email)s")
        case Action.REQUEST_TAKEN_OVER:
            return _("%(actor)s took over %(documents)s")
        case Action.REQUEST_ASKED:
            return _("We asked you: %(question)s")
        case Action.REQUEST_ANSWERED:
            return _("You answered: %(answer)s")
        case Action.REQUEST_APPROVED if int(entry.detail.get("given", 1)) < int(entry.detail.get("needed", 1)):
            return _("%(given)s of %(needed)s approvals given for %(document)s")
        case Action.REQUEST_APPROVED:
            return _("We approved %(document)s until %(until)s")
        case Action.REQUEST_DENIED:
            return _("We denied %(document)s: %(reason)s")
        case Action.REQUEST_BLOCKED:
            return _("We denied %(documents)s: %(reason)s")
        case Action.REQUEST_LAPSED:
            return _("The approval of %(documents)s ended before the other steps were done")
        case Action.REQUEST_REVIEWED_AGAIN:
            return _("%(documents)s needs another approval: who may read it has changed")
        case Action.REQUEST_GRANTED:
            return _("%(documents)s opened for you")
        case Action.REQUEST_REVOKED:
            return _("We revoked your access: %(reason)s")
        case Action.REQUEST_WITHDRAWN:
            return _("You withdrew the request")
        case Action.REQUEST_EXPIRED:
            return _("Your access ended")
        case _:
            return ""
