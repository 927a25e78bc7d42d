from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from documents.models import Document
from ndaflow import signing
from ndaflow.flows import ItemDecision
from ndaflow.models import LONGEST_TEXT, AccessRequest, Decision, RequestedDocument
from trustcenter.accounts.models import normalise_email
from trustcenter.fields import LongText

Verdict = Decision.Verdict

# How long an approval lasts unless the approver says otherwise.
USUAL_DAYS = {Document.Class.NDA: 365, Document.Class.RESTRICTED: 90}
LONGEST_DAYS = 3 * 365


class AskForm(forms.Form):
    """What a visitor tells us to get documents; a person who is signed in is not asked for their address again."""

    documents = forms.ModelMultipleChoiceField(
        queryset=Document.objects.exclude(access_class=Document.Class.PUBLIC),
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        label=_("Documents"),
        error_messages={"required": _("Choose at least one document.")},
    )
    email = forms.EmailField(
        label=_("Work e-mail"),
        max_length=254,
        help_text=_("We send a code there to prove that it is yours."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    company_name = forms.CharField(
        label=_("Company"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    reason = LongText(
        label=_("What do you need them for?"),
        max_length=LONGEST_TEXT,
        help_text=_("One sentence helps whoever decides."),
    )

    def __init__(self, *args: Any, person: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if person is not None:
            del self.fields["email"]
            self.fields["name"].initial = person.name
            self.fields["company_name"].initial = person.company.legal_name if person.company else ""

    def clean_email(self) -> str:
        return normalise_email(self.cleaned_data["email"])


class SignForm(forms.Form):
    """The signer's own words; the version and digest say which text the page showed."""

    typed_name = forms.CharField(
        label=_("Your full name, typed as your signature"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    title = forms.CharField(
        label=_("Your title"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    entity = forms.CharField(
        label=_("Legal entity you sign for"),
        max_length=200,
        help_text=_("As in the commercial register, for example Example Corp, Inc."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    authority = forms.BooleanField(
        label=signing.AUTHORITY, error_messages={"required": _("You can only sign with authority to do so.")}
    )
    consent = forms.BooleanField(
        label=signing.CONSENT,
        error_messages={"required": _("Tick the box if you agree; nothing is signed without it.")},
    )
    version_number = forms.IntegerField(widget=forms.HiddenInput)
    text_sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def assent(self) -> signing.Assent:
        data = self.cleaned_data
        return signing.Assent(typed_name=data["typed_name"], title=data["title"], entity=data["entity"])


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


class AnswerForm(forms.Form):
    """What the requester says to it."""

    text = LongText(
        label=_("Your answer"), max_length=LONGEST_TEXT, error_messages={"required": _("Please write an answer.")}
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
