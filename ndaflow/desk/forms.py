from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ndaflow.requests.flows import DECIDE, ItemDecision
from ndaflow.requests.models import LONGEST_TEXT, AccessRequest, Decision, RequestedDocument
from ndaflow.requests.risks import Risk
from trustcenter.accounts.models import User
from trustcenter.audit.text import digest
from trustcenter.web.fields import LongText

Verdict = Decision.Verdict


class ReasonForm(forms.Form):
    """Why something is denied or revoked; the requester reads it."""

    reason = LongText(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_TEXT,
        help_text=gettext_lazy("The requester reads this."),
        error_messages={"required": gettext_lazy("Give a reason. The requester reads it.")},
    )


class QuestionForm(forms.Form):
    """What an approver needs to know before deciding."""

    text = LongText(
        label=gettext_lazy("Question"),
        max_length=LONGEST_TEXT,
        help_text=gettext_lazy("The request waits for the answer."),
        error_messages={"required": gettext_lazy("Write a question.")},
    )


class DecisionForm(forms.Form):
    """The decision on one document: approve until a day, deny with a reason, or leave it for later.

    Nothing is preselected: a click on the button alone must never open a document.
    """

    LATER = "later"

    verdict = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[*Verdict.choices, (LATER, gettext_lazy("Later"))],
        required=False,
        widget=forms.RadioSelect,
    )
    until = forms.DateField(label=gettext_lazy("Open until"), required=False)
    reason = LongText(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The requester reads this."),
    )

    def __init__(self, data: Any = None, *, item: RequestedDocument) -> None:
        self.item = item
        super().__init__(data, prefix=f"item-{item.pk}")
        level, today = item.document.level, timezone.localdate()
        # Without a level nothing can be approved.
        self.usual_days, self.longest_days = (level.usual_days, level.longest_days) if level else (0, 0)
        limits = {"min": today + timedelta(days=1), "max": today + timedelta(days=self.longest_days)}
        attrs = {name: day.isoformat() for name, day in limits.items()}
        self.fields["until"].widget = forms.DateInput(attrs={"type": "date"} | attrs, format="%Y-%m-%d")
        wanted = min(item.request.days_wanted or self.usual_days, self.longest_days)
        self.fields["until"].initial = today + timedelta(days=wanted)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("verdict") == Verdict.APPROVE and "until" not in self.errors:
            self._check_end(data.get("until"))
        if data.get("verdict") == Verdict.DENY and "reason" not in self.errors and not data.get("reason", "").strip():
            self.add_error("reason", _("Give a reason. The requester reads it."))
        return data

    def _check_end(self, until: date | None) -> None:
        today = timezone.localdate()
        if until is None or until <= today:
            self.add_error("until", _("Choose a day in the future."))
        elif until > today + timedelta(days=self.longest_days):
            words = {"level": str(self.item.document.level or ""), "days": self.longest_days}
            self.add_error("until", _("%(level)s: choose a day within %(days)s days.") % words)

    def decision(self, despite: str = "") -> ItemDecision | None:
        """The decision, or None when the approver leaves this document for later."""
        data = self.cleaned_data
        match data["verdict"]:
            case Verdict.APPROVE:
                # The whole last day counts.
                until = datetime.combine(data["until"], time.max, UTC)
                return ItemDecision(item_id=self.item.pk, verdict=Verdict.APPROVE, until=until, despite=despite)
            case Verdict.DENY:
                return ItemDecision(item_id=self.item.pk, verdict=Verdict.DENY, reason=data["reason"])
            case _:
                return None


class DecisionsForm(forms.Form):
    """Everything one approver decides on one request at once: a part for each document that waits for them."""

    despite = LongText(max_length=LONGEST_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data: Any = None, *, request: AccessRequest, by: User, warnings: Sequence[Risk]) -> None:
        super().__init__(data)
        self.request, self.warnings = request, warnings
        # Which warnings the page shows; it sends this back.
        self.seen = digest("\n".join(warning.text for warning in warnings))
        self.fields["despite"].label = ngettext(
            "Why approve despite the warning?", "Why approve despite %(count)d warnings?", len(warnings)
        ) % {"count": len(warnings)}
        self.fields["despite"].help_text = _("Kept in the audit log. The requester does not see it.")
        self.parts = [DecisionForm(data, item=item) for item in _waiting_for(request, by)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        chosen = {part.data.get(part.add_prefix("verdict")) for part in self.parts}
        if self.warnings and Verdict.APPROVE in chosen and "despite" not in self.errors:
            # A denial or revocation of another request may be younger than the page. Its reason counts, too.
            if self.data.get("seen") != self.seen:
                self.add_error("despite", _("The warnings have changed since you opened this page. Read them first."))
            elif not data["despite"].strip():
                self.add_error("despite", _("Say why you approve despite the warnings."))
        # Every part shows its own errors, so all are validated.
        if any([not part.is_valid() for part in self.parts]):  # noqa: C419
            raise forms.ValidationError(_("Nothing was saved. Complete the decisions that are marked below."))
        if not chosen & set(Verdict.values):
            raise forms.ValidationError(_("Choose Approve or Deny for at least one document."))
        return data

    def decisions(self) -> list[ItemDecision]:
        made = (part.decision(self.cleaned_data["despite"]) for part in self.parts)
        return [decision for decision in made if decision is not None]


def _waiting_for(request: AccessRequest, by: User) -> list[RequestedDocument]:
    """The documents that are undecided and that this approver has not decided on yet."""
    return [
        item
        for item in request.items.all()
        if item.outcome == RequestedDocument.Outcome.PENDING
        and all(decision.decided_by_id != by.pk for decision in item.decisions.all())
        and (item.waits_for_legal or by.has_perm(DECIDE))
    ]
