"""The state of each document of a request, as the requester's page names it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.models import AccessGrant
from ndaflow.agreements.models import AgreementVersion, Signature
from ndaflow.requests import gates
from ndaflow.requests.gates import Gate
from ndaflow.requests.models import AccessRequest, Question, RequestedDocument
from trustcenter.web.templatetags.ui import day

Outcome = RequestedDocument.Outcome


class State(models.TextChoices):
    """The state of one requested document for its requester."""

    OPEN = "open", gettext_lazy("Open to you")
    ANSWER = "answer", gettext_lazy("Waiting for you")
    SIGN = "sign", gettext_lazy("Waiting for you")
    SIGN_AGAIN = "sign_again", gettext_lazy("Closed until you sign")
    NO_AGREEMENT = "no_agreement", gettext_lazy("Waiting for our NDA")
    REVIEW = "review", gettext_lazy("In review")
    DENIED = "denied", gettext_lazy("Denied")
    WITHDRAWN = "withdrawn", gettext_lazy("Withdrawn")
    TAKEN_OVER = "taken_over", gettext_lazy("Taken over")
    REVOKED = "revoked", gettext_lazy("Revoked")
    EXPIRED = "expired", gettext_lazy("Ended")
    REPLACED = "replaced", gettext_lazy("Replaced")
    # The document needs more approvals than when this access was granted.
    OUTGROWN = "outgrown", gettext_lazy("Needs a new approval")

    @property
    def tone(self) -> str:
        match self:
            case State.OPEN:
                return "good"
            case State.ANSWER | State.SIGN | State.SIGN_AGAIN | State.NO_AGREEMENT | State.REVIEW:
                return "wait"
            case _:
                return "none"

    @property
    def is_waiting(self) -> bool:
        """Whether steps are left before the document opens for the first time."""
        return self in {State.ANSWER, State.SIGN, State.NO_AGREEMENT, State.REVIEW}

    @property
    def needs_signature(self) -> bool:
        return self in {State.SIGN, State.SIGN_AGAIN}

    @property
    def is_over(self) -> bool:
        """Whether only a new request can open the document again."""
        return not (self is State.OPEN or self.is_waiting or self.needs_signature)


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What all documents of a request share at one instant: its question, and the state of the requester's NDA."""

    request: AccessRequest
    # The text in force, if one has been published.
    version: AgreementVersion | None
    # The signature that covers the requester now.
    signature: Signature | None
    question: Question | None
    now: datetime


@dataclass(frozen=True)
class Row:
    """One requested document, how it stands, and why in half a sentence."""

    item: RequestedDocument
    state: State
    words: str

    @property
    def may_ask_again(self) -> bool:
        """Whether a new request would help."""
        return self.state.is_over and self.state is not State.REPLACED


def rows(situation: Situation, items: Sequence[RequestedDocument]) -> list[Row]:
    """The documents of the request in their order, each as it stands now."""
    found = []
    for item in items:
        state = state_of_grant(item.grant, situation.now) if item.grant else _state_before_grant(item, situation)
        found.append(Row(item, state, _words(item, state, situation)))
    return found


def state_of_grant(grant: AccessGrant, now: datetime) -> State:
    """The state of a grant at an instant, by the rules of documents/access.py."""
    match grant.end:
        case AccessGrant.End.REVOKED:
            return State.REVOKED
        case AccessGrant.End.REPLACED:
            return State.REPLACED
        case AccessGrant.End.EXPIRED:
            return State.EXPIRED
    if grant.ends_at <= now:
        return State.EXPIRED
    if not grant.is_open_at(now):
        return State.SIGN_AGAIN
    if grant.approvals < grant.document.approvals_needed:
        return State.OUTGROWN
    return State.OPEN


def _state_before_grant(item: RequestedDocument, situation: Situation) -> State:
    if item.is_refused:
        return State.DENIED
    if item.outcome == Outcome.WITHDRAWN and situation.request.is_taken_over:
        return State.TAKEN_OVER
    if item.outcome == Outcome.WITHDRAWN:
        return State.WITHDRAWN
    match gates.left(item, situation.signature, situation.question is not None)[:1]:
        case (Gate.ANSWER,):
            return State.ANSWER
        case (Gate.SIGNATURE,):
            return State.SIGN if situation.version else State.NO_AGREEMENT
        case _:
            return State.REVIEW


def _words(item: RequestedDocument, state: State, situation: Situation) -> str:
    grant = item.grant
    match state:
        case State.OPEN:
            return _words_when_open(item)
        case State.ANSWER:
            return _("opens after you answer our question")
        case State.SIGN:
            return _words_before_signature(item)
        case State.SIGN_AGAIN:
            number = situation.version.number if situation.version else ""
            return format_html(_("the NDA has changed: sign version {number} to open it"), number=number)
        case State.NO_AGREEMENT:
            return _("we are preparing the NDA and write to you when you can sign it")
        case State.REVIEW:
            return _words_in_review(item)
        case State.DENIED:
            return _("reason: %(reason)s") % {"reason": item.why_refused or situation.request.closing_reason}
        case State.WITHDRAWN:
            return format_html(_("you withdrew it on {day}"), day=day(situation.request.closed_at))
        case State.TAKEN_OVER:
            return format_html(_("a colleague took it over on {day}"), day=day(situation.request.closed_at))
        case State.REPLACED:
            return _("you have newer access through a later request")
        case State.OUTGROWN:
            return _("this document needs more approvals now than your access has")
        case _:
            assert grant is not None
            return format_html(_("your access ended on {day}"), day=day(ended_at(grant)))


def ended_at(grant: AccessGrant) -> datetime:
    return min(moment for moment in (grant.ended_at, grant.ends_at) if moment is not None)


def _words_when_open(item: RequestedDocument) -> str:
    grant, signature = item.grant, item.signature
    assert grant is not None
    if item.document.current is None:
        return _("we are preparing the file; it opens here as soon as it is ready")
    words = format_html(_("yours until {until}"), until=day(grant.ends_at))
    if signature:
        words = format_html(
            _("{words}, under the NDA signed on {signed}"), words=words, signed=day(signature.signed_at)
        )
    if grant.covered_until and grant.covered_until < grant.ends_at:
        words = format_html(_("{words}; the NDA changes on {day}"), words=words, day=day(grant.covered_until))
    return words


def _words_before_signature(item: RequestedDocument) -> str:
    if item.outcome == Outcome.APPROVED:
        return _("approved, opens once you sign")
    if item.approvals_needed == 1:
        return _("opens once you sign and we approve it")
    if item.approvals_given:
        return _("opens once you sign and a second person from our team approves it")
    return _("opens once you sign and two people from our team approve it")


def _words_in_review(item: RequestedDocument) -> str:
    if item.approvals_needed == 1:
        return _("we are reviewing your request")
    if item.approvals_given:
        return _("one of two approvals given; a second person from our team decides")
    return _("two people from our team review your request")
