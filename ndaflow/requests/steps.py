"""The steps between a request and its documents: which are done, and whose turn it is."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from django.db import models
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ndaflow.agreements.models import Coverage
from ndaflow.agreements.needed import Needed
from ndaflow.agreements.text import reading_minutes
from ndaflow.requests import gates
from ndaflow.requests.models import RequestedDocument
from ndaflow.requests.progress import Row, Situation, approved_automatically
from trustcenter.web.templatetags.writing import day, instant

Outcome = RequestedDocument.Outcome


class Turn(models.TextChoices):
    """Whose turn a step is."""

    DONE = "done", gettext_lazy("Done")
    YOURS = "yours", gettext_lazy("Your turn")
    OURS = "ours", gettext_lazy("With us")
    TO_COME = "to_come", gettext_lazy("To come")

    @property
    def tone(self) -> str:
        match self:
            case Turn.DONE:
                return "good"
            case Turn.YOURS | Turn.OURS:
                return "wait"
            case _:
                return "none"

    @property
    def icon(self) -> str:
        return "planned" if self is Turn.TO_COME else self.tone


@dataclass(frozen=True)
class Step:
    turn: Turn
    title: str
    text: str
    # The one step that the page names first.
    is_current: bool = False


@dataclass(frozen=True)
class Track:
    """The steps to the documents of one request that wait."""

    titles: str
    steps: list[Step]
    # Signature and review both wait, and neither waits for the other.
    is_side_by_side: bool


def track(
    rows: Iterable[Row], situation: Situation, replies: str, checked: Collection[str] = frozenset()
) -> Track | None:
    """The steps to the documents that have not opened yet; None when every document is settled. `checked` are the
    agreements, by slug, in place of which a paper of theirs waits for legal."""
    items = [row.item for row in rows if row.state.is_waiting]
    if not items:
        return None
    request = situation.request
    confirmed = format_html("{}, {}", request.email, instant(request.opened_at))
    steps = [Step(Turn.DONE, _("Confirm your e-mail"), confirmed)]
    if situation.question:
        steps.append(Step(Turn.YOURS, _("Answer our question"), _("We need your answer before we can go on.")))
    signatures = [_signature(situation.agreements[slug], slug in checked) for slug in gates.required(items)]
    review = _review(items, situation, replies)
    steps += [*signatures, review, _opening(items)]
    # What the reader can do comes before what they wait for.
    turns = [step.turn for step in steps]
    for turn in (Turn.YOURS, Turn.OURS):
        if turn in turns:
            first = turns.index(turn)
            steps[first] = replace(steps[first], is_current=True)
            break
    return Track(
        get_text_list([item.document.in_language("title")[0] for item in items], _("and")),
        steps,
        any(one.turn == Turn.YOURS for one in signatures) and review.turn == Turn.OURS,
    )


def _signature(needs: Needed, is_checked: bool) -> Step:
    title, version = _("Sign the %(agreement)s") % {"agreement": needs.title}, needs.version
    if needs.coverage:
        signature = needs.coverage.signature
        own = signature is not None and signature.signer_id == needs.coverage.person_id
        return Step(Turn.DONE, title if own else needs.title, _covered(needs.coverage))
    if version is None:
        return Step(Turn.OURS, title, _("We are preparing it. We will write to you when you can sign it."))
    if is_checked:
        return Step(Turn.OURS, needs.title, _("Our legal team checks your paper. You can still sign our text instead."))
    minutes = reading_minutes(version.text)
    reading = ngettext("About %(n)s minute to read.", "About %(n)s minutes to read.", minutes) % {"n": minutes}
    text = format_html(
        _("Version {number}, in force since {day}. {reading}"),
        number=version.number,
        day=day(version.effective_at),
        reading=reading,
    )
    return Step(Turn.YOURS, title, text)


def _covered(coverage: Coverage) -> str:
    signature = coverage.signature
    if signature is None:
        return format_html(_("On file since {day}. You sign nothing."), day=day(coverage.starts_at))
    words = {"number": signature.version.number, "day": day(signature.signed_at)}
    if coverage.person_id == signature.signer_id:
        return format_html(_("Version {number}, signed on {day}."), **words)
    text = _("{signer} signed version {number} for {entity} on {day}. You sign nothing.")
    return format_html(text, signer=signature.typed_name, entity=signature.entity, **words)


def _review(items: list[RequestedDocument], situation: Situation, replies: str) -> Step:
    title = _("Review")
    if all(item.outcome == Outcome.APPROVED for item in items):
        decided = max(decision.decided_at for item in items for decision in item.decisions.all())
        text = format_html(_("Approved on {day}."), day=day(decided))
        automatic = dict.fromkeys(approved_automatically(item.automatic) for item in items if item.automatic)
        return Step(Turn.DONE, title, format_html_join(mark_safe(" "), "{}", ((one,) for one in [text, *automatic])))
    words = [_approvals(item) for item in items]
    if len({*words}) > 1:
        words = [
            _("%(document)s: %(approvals)s")
            % {"document": item.document.in_language("title")[0], "approvals": _approvals(item)}
            for item in items
        ]
    text = format_html_join(mark_safe("<br>"), "{}", ((word,) for word in dict.fromkeys(words)))
    if replies:
        text = format_html("{} <b>{}</b>", text, replies)
    return Step(Turn.TO_COME if situation.question else Turn.OURS, title, text)


def _approvals(item: RequestedDocument) -> str:
    given, needed = item.approvals_given, item.approvals_needed
    if item.outcome == Outcome.APPROVED:
        return _("approved.")
    if item.document.level is None:
        return _("it has not been decided yet who may read it.")
    if given:
        return _("%(given)s of %(needed)s approvals given.") % {"given": given, "needed": needed}
    return ngettext("%(n)s approval needed.", "%(n)s approvals needed.", needed) % {"n": needed}


def _opening(items: list[RequestedDocument]) -> Step:
    to_read = {item.is_view_only for item in items}
    if to_read == {True}:
        text = _("Page by page, with your name on every page. There is no file.")
        return Step(Turn.TO_COME, _("Read it here"), text)
    if to_read == {False}:
        return Step(Turn.TO_COME, _("Download it"), _("A PDF with your name on every page."))
    text = _("As a PDF, or page by page here. Your name is on every page.")
    return Step(Turn.TO_COME, _("Download or read it"), text)
