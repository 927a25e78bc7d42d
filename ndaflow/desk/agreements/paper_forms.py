from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ndaflow.agreements.models import Agreement, Scope
from ndaflow.agreements.papers.models import LONGEST_NOTE
from ndaflow.agreements.papers.terms import Dates, Reach, must_be_in_order, reach
from ndaflow.agreements.papers.uploads import PaperForm
from ndaflow.agreements.refusals import Refusal
from trustcenter.audit import FlowError
from trustcenter.web.fields import Line, LongText

SCOPES = (
    (Scope.PERSON.value, _("One person")),
    (Scope.DOMAIN.value, _("Everyone at a mail domain")),
    (Scope.COMPANY.value, _("Everyone at a company")),
)
# Beside which field the sentence of a refusal stands.
BESIDE = {
    Refusal.SIGNED_LATER: "signed_on",
    Refusal.DAY_TOO_FAR: "ends_on",
    Refusal.STARTS_BEFORE_SIGNED: "starts_on",
    Refusal.ENDS_BEFORE_START: "ends_on",
    Refusal.ENDED_ALREADY: "ends_on",
}


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), **more)


class TermsForm(forms.Form):
    """Whom a paper covers, its dates, and what the person who puts it on file vouches for."""

    scope = forms.ChoiceField(
        label=_("Covers"),
        choices=SCOPES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who the paper covers.")},
    )
    whom = Line(
        label=_("Which person, domain or company"),
        max_length=254,
        help_text=_("An e-mail address, a mail domain, or the name of a company here."),
        error_messages={"required": _("Enter an address, a domain or a company.")},
    )
    signed_on = _day(_("Signed on"), error_messages={"required": _("Enter the day on which it was signed.")})
    starts_on = _day(_("Applies from"), error_messages={"required": _("Enter the day from which it applies.")})
    ends_on = _day(_("Ends on"), required=False, help_text=_("Its last day. Leave it empty if no end is agreed."))
    vouched = forms.BooleanField(
        label=_("I have read it: both sides signed, and it allows marked copies"),
        error_messages={"required": Refusal.NOT_VOUCHED.label},
    )
    reach: Reach

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope = self.fields["scope"]
        assert isinstance(scope, forms.ChoiceField)
        allowed = [value for value, _label in SCOPES if not Scope(value).exceeds(agreement.widest)]
        scope.choices = [(value, label) for value, label in SCOPES if value in allowed]
        if len(allowed) > 1:
            scope.help_text = _("A scope wider than one person counts once an approver confirms it.")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "scope" in data and "whom" in data:
            try:
                self.reach = reach(data["scope"], data["whom"])
            except FlowError as refusal:
                self.add_error("whom", str(refusal))
        if {"signed_on", "starts_on"} <= data.keys() and "ends_on" not in self.errors:
            try:
                must_be_in_order(self.dates, timezone.localdate(timezone=timezone.get_default_timezone()))
            except FlowError as refusal:
                self.add_error(BESIDE[Refusal(refusal.code)], str(refusal))
        return data

    @property
    def dates(self) -> Dates:
        data: dict[str, date | None] = self.cleaned_data
        return Dates(data["signed_on"], data["starts_on"], data.get("ends_on"))


class FileForm(TermsForm, PaperForm):
    """A paper that was signed elsewhere, to put on file."""

    note = LongText(label=_("Note for colleagues"), required=False, max_length=LONGEST_NOTE)

    field_order = ("file", "scope", "whom", "signed_on", "starts_on", "ends_on", "note", "vouched")


class AcceptForm(TermsForm):
    """What legal says when it accepts an uploaded paper."""

    countersigned = forms.BooleanField(
        label=_("Countersign it: send a copy under our seal"), required=False, initial=False
    )


class DeclineForm(forms.Form):
    reason = LongText(
        label=_("Reason"),
        max_length=LONGEST_NOTE,
        help_text=_("The person who uploaded the paper reads it."),
        error_messages={"required": Refusal.NO_REASON.label},
    )
