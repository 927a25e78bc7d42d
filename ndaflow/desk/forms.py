from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from documents.models import Document
from ndaflow.requests.flows import ItemDecision
from ndaflow.requests.models import LONGEST_TEXT, AccessRequest, Decision, RequestedDocument
from trustcenter.web.fields import LongText

Verdict = Decision.Verdict

# How long an approval lasts unless the approver says otherwise.
USUAL_DAYS = {Document.Class.NDA: 365, Document.Class.RESTRICTED: 90}
LONGEST_DAYS = 3 * 365


class ReasonForm(forms.Form):
    """Why something is denied or revoked; the requester reads it."""

    reason = LongText(
        label=_("Reason"),
        max_length=LONGEST_TEXT,
        help_text=_("The requester reads this."),
        error_messages={"required": _("Please give a reason; the requester reads it.")},
    )


class QuestionForm(forms.Form):
    """What an approver needs to know before deciding."""

    text = LongText(
        label=_("Question"), max_length=LONGEST_TEXT, error_messages={"required": _("Please write the question.")}
    )


class DecisionForm(forms.Form):
    """An approver's word on one document: approve until a day, deny with a reason, or leave it for later."""

    LATER = "later"

    verdict = forms.ChoiceField(
        label=_("Decision"), choices=[*Verdict.choices, (LATER, _("Decide later"))], initial=Verdict.APPROVE
    )
    until = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=_("Reason, if denied"), max_length=LONGEST_TEXT, required=False)

    def __init__(self, data: Any = None, *, item: RequestedDocument) -> None:
        self.item = item
        super().__init__(data, prefix=f"item-{item.pk}")
        days = USUAL_DAYS.get(Document.Class(item.document.access_class), 90)
        self.fields["until"].initial = timezone.localdate() + timedelta(days=days)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("verdict") == Verdict.APPROVE and "until" not in self.errors:
            until = data.get("until")
            if until is None or until <= timezone.localdate():
                self.add_error("until", _("Choose a day in the future."))
            elif until > timezone.localdate() + timedelta(days=LONGEST_DAYS):
                self.add_error("until", _("Choose a day within three years."))
        if data.get("verdict") == Verdict.DENY and not data.get("reason", "").strip():
            self.add_error("reason", _("Please give a reason; the requester reads it."))
        return data

    def decision(self) -> ItemDecision | None:
        """The decision, or None when the approver leaves this document for later."""
        data = self.cleaned_data
        if data["verdict"] == self.LATER:
            return None
        # The whole last day counts.
        until = datetime.combine(data["until"], time.max, UTC) if data["verdict"] == Verdict.APPROVE else None
        return ItemDecision(
            item_id=self.item.pk, verdict=Verdict(data["verdict"]), until=until, reason=data.get("reason", "")
        )


def decision_forms(access_request: AccessRequest, by: Any, data: Any = None) -> list[DecisionForm]:
    """One form for each document that still waits for this approver."""
    return [
        DecisionForm(data, item=item)
        for item in access_request.items.all()
        if item.outcome == RequestedDocument.Outcome.PENDING
        and all(decision.decided_by_id != by.pk for decision in item.decisions.all())
    ]
