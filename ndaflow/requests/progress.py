"""The state of each document of a request, as the requester's page names it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.models import AccessGrant
from ndaflow.agreements.models import Coverage
from ndaflow.agreements.needed import Needed, named
from ndaflow.requests import gates
from ndaflow.requests.gates import Gate
from ndaflow.requests.models import AccessRequest, Decision, Question, RequestedDocument
from trustcenter.web.templatetags.writing import day
from trustcenter.web.typed import isolated, quoted

Outcome = RequestedDocument.Outcome
# How long before its end access can be renewed; shorter access in its second half.
RENEWABLE = timedelta(days=30)


class State(models.TextChoices):
    """The state of one requested document for its requester."""

    OPEN = "open", gettext_lazy("Open to you")
    ANSWER = "answer", gettext_lazy("Waiting for you")
    SIGN = "sign", gettext_lazy("Waiting for you")
    SIGN_AGAIN = "sign_again", gettext_lazy("Closed until you sign")
    NO_AGREEMENT = "no_agreement", gettext_lazy("Waiting for our agreement")
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
    """What all documents of a request share at one instant: its question, and how the agreements stand for its requester."""

    request: AccessRequest
    # By slug, for a new grant.
    agreements: Mapping[str, Needed]
    # What covers the requester for what is open already.
    coverage: Mapping[str, Coverage]
    question: Question | None
    now: datetime

    @property
    def covered(self) -> frozenset[str]:
        """The agreements that cover the requester for a new grant."""
        return frozenset(slug for slug, one in self.agreements.items() if not one.is_missing)

    def missing(self, item: RequestedDocument) -> list[Needed]:
        """The agreements that the document waits for, or that it needs to open again."""
        covered = self.coverage if item.grant_id else self.covered
        return [self.agreements[slug] for slug in gates.missing(item, covered)]


@dataclass(frozen=True)
class Row:
    """One requested document, how it stands, and why in half a sentence."""

    item: RequestedDocument
    state: State
    words: str
    # It has ended, or ends soon: one click requests it again.
    may_renew: bool = False
    # The open request that renews it, if there is one. Only lists over all requests of a person know.
    renewal: AccessRequest | None = None

    @property
    def may_ask_again(self) -> bool:
        """Whether a new request would help."""
        return self.state.is_over and self.state is not State.REPLACED


def rows(situation: Situation, items: Sequence[RequestedDocument]) -> list[Row]:
    """The documents of the request in their order, each as it stands now."""
    found = []
    for item in items:
        grant = item.grant
        state = (
            state_of_grant(grant, situation.now, situation.coverage) if grant else _state_before_grant(item, situation)
        )
        found.append(Row(item, state, _words(item, state, situation), _may_renew(item, state, situation.now)))
    return found


def _may_renew(item: RequestedDocument, state: State, now: datetime) -> bool:
    if item.grant is None or not item.document.can_be_requested:
        return False
    left, whole = item.grant.ends_at - now, item.grant.ends_at - item.grant.starts_at
    return state is State.EXPIRED or (state is State.OPEN and left <= min(RENEWABLE, whole / 2))


def state_of_grant(grant: AccessGrant, now: datetime, covered: Collection[str]) -> State:
    """The state of a grant at an instant, by the rules of documents/access.py; `covered` are the agreements that cover its
    holder."""
    match grant.end:
        case AccessGrant.End.REVOKED:
            return State.REVOKED
        case AccessGrant.End.REPLACED:
            return State.REPLACED
        case AccessGrant.End.EXPIRED:
            return State.EXPIRED
    if grant.ends_at <= now:
        return State.EXPIRED
    if any(slug not in covered for slug in grant.document.required_agreements):
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
    match gates.left(item, situation.covered, situation.question is not None)[:1]:
        case (Gate.ANSWER,):
            return State.ANSWER
        case (Gate.SIGNATURE,):
            return State.SIGN if any(one.may_be_signed for one in situation.missing(item)) else State.NO_AGREEMENT
        case _:
            return State.REVIEW


def _words(item: RequestedDocument, state: State, situation: Situation) -> str:
    grant = item.grant
    match state:
        case State.OPEN:
            return _words_when_open(item, situation)
        case State.ANSWER:
            return _("opens after you answer our question")
        case State.SIGN:
            return _words_before_signature(item, situation)
        case State.SIGN_AGAIN:
            return " ".join(_words_to_reopen(one) for one in situation.missing(item))
        case State.NO_AGREEMENT:
            names = {"agreements": named(situation.missing(item))}
            return _("we are preparing %(agreements)s and will write to you when you can sign") % names
        case State.REVIEW:
            return _words_in_review(item)
        case State.DENIED:
            reason = {"reason": isolated(item.why_refused or situation.request.closing_reason)}
            return (_("decided automatically: %(reason)s") if item.automatic else _("reason: %(reason)s")) % reason
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


def _words_when_open(item: RequestedDocument, situation: Situation) -> str:
    grant = item.grant
    assert grant is not None
    if item.document.current is None:
        return _("we are preparing the file; it opens here as soon as it is ready")
    words = format_html(_("yours until {until}"), until=day(grant.ends_at))
    for slug in item.document.required_agreements:
        needs, coverage = situation.agreements[slug], situation.coverage[slug]
        words = format_html(
            _("{words}, under {agreement} of {day}"), words=words, agreement=needs.title, day=day(coverage.starts_at)
        )
        end = coverage.ends_at
        if end and end < grant.ends_at:
            words = format_html(_("{words}, which ends on {day}"), words=words, day=day(end))
        elif (end := needs.changes_at) and end < grant.ends_at:
            words = format_html(_("{words}, which changes on {day}"), words=words, day=day(end))
    if item.automatic is not None:
        words = format_html("{}. {}", words, approved_automatically(item.automatic))
    return words


def approved_automatically(decision: Decision) -> str:
    """What the requester reads about an approval by a rule."""
    if why := decision.why_automatic:
        return _("Approved automatically: %(why)s.") % {"why": why}
    return _("Approved automatically.")


def _words_to_reopen(needs: Needed) -> str:
    """Why an agreement that covered the reader does so no more, and what opens the document again."""
    former, names = needs.former, {"agreement": needs.title, "number": needs.version.number if needs.version else ""}
    if needs.has_changed:
        return _("the %(agreement)s has changed: sign version %(number)s to open it") % names
    if former is None or (former.ended_at is None and former.ends_at is None):
        why = _("it needs the %(agreement)s now.") % names
    else:
        ended = former.ended_at or former.ends_at
        why = format_html(_("the {agreement} ended on {day}."), agreement=needs.title, day=day(ended))
        if former.end_reason:
            why = format_html(_("{why} Reason: {reason}"), why=why, reason=quoted(former.end_reason))
    how = _("Sign it to open the document.") if needs.may_be_signed else _("We will write to you when you can sign it.")
    return format_html("{} {}", why, how)


def _words_before_signature(item: RequestedDocument, situation: Situation) -> str:
    names = {"agreements": named(situation.missing(item))}
    if item.outcome == Outcome.APPROVED:
        return _("approved, opens once you sign %(agreements)s") % names
    left = item.approvals_needed - item.approvals_given
    if item.approvals_given == 0 and left == 1:
        return _("opens once you sign %(agreements)s and we approve it") % names
    if left <= 1:
        return _("opens once you sign %(agreements)s and another person from our team approves it") % names
    return _("opens once you sign %(agreements)s and %(n)s people from our team approve it") % (
        names | {"n": str(left)}
    )


def _words_in_review(item: RequestedDocument) -> str:
    if item.document.level is None:
        return _("it has not been decided yet who may read it")
    given, needed = item.approvals_given, item.approvals_needed
    if given:
        words = {"given": given, "needed": needed}
        return _("%(given)s of %(needed)s approvals given; another person from our team decides") % words
    if needed == 1:
        return _("we are reviewing your request")
    return _("%(n)s people from our team review your request") % {"n": needed}
