"""What our staff types about companies and the list."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ndaflow.requests.models import LONGEST_TEXT
from trustcenter.accounts.companies.flows import ANNOTATE, Details
from trustcenter.accounts.models import Company, Listed, User
from trustcenter.accounts.models.companies import LONGEST_NOTE
from trustcenter.accounts.refusals import Refusal
from trustcenter.audit.text import digest
from trustcenter.web.fields import Line, LongText


class NameForm(forms.Form):
    """The legal name of a company."""

    legal_name = Line(
        label=_("Legal name"),
        max_length=200,
        help_text=_("Check it in a contract or a register first. It is printed on copies."),
        error_messages={"required": Refusal.NO_COMPANY_NAME.label},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class DetailsForm(forms.Form):
    """What a company is to us. `seen` is what the page showed."""

    is_customer = forms.BooleanField(label=_("Customer"), required=False, help_text=_("Rules can use it."))
    plan = Line(
        label=_("Plan"),
        max_length=100,
        required=False,
        help_text=_("Customers of some plans can sign a BAA or DPA themselves."),
    )
    crm_id = Line(label=_("CRM ID"), max_length=100, required=False)

    def __init__(self, data: Any = None, *, company: Company) -> None:
        super().__init__(data, initial=vars(Details.of(company)), auto_id="id_details_%s")
        self.seen = digest(repr(Details.of(company)))
        colleagues = User.objects.who_may(ANNOTATE).order_by("name", "email")
        self.fields["owner"] = forms.ModelChoiceField(
            label=_("Owner in sales"), queryset=colleagues, required=False, empty_label=_("Nobody")
        )

    @property
    def is_stale(self) -> bool:
        """Whether somebody has changed the company since the page was opened."""
        return self.data.get("seen") != self.seen

    def clean(self) -> dict[str, Any]:
        if self.is_stale:
            raise forms.ValidationError(Refusal.CHANGED_MEANWHILE.label)
        return super().clean() or self.cleaned_data

    def details(self) -> Details:
        return Details(**self.cleaned_data)


class NoteForm(forms.Form):
    """A note about a company."""

    text = LongText(
        label=_("Add a note"),
        max_length=LONGEST_NOTE,
        help_text=_("Only staff read it. The people it is about can ask for it under the GDPR."),
        error_messages={"required": Refusal.NO_NOTE.label},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class BlockForm(forms.Form):
    """Why a company is blocked."""

    reason = LongText(
        label=_("Reason, which their people will read"),
        max_length=LONGEST_TEXT,
        error_messages={"required": Refusal.NO_BLOCK_REASON.label},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ListedForm(forms.Form):
    """An address or a mail domain to allow or to block."""

    entry = Line(
        label=_("Address or mail domain"),
        max_length=254,
        help_text=_("Blocking a domain also blocks the domains below it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": _("Enter an address or a mail domain.")},
    )
    verdict = forms.ChoiceField(
        label=_("Allow or block"),
        choices=[(Listed.Verdict.ALLOW.value, _("Allow")), (Listed.Verdict.BLOCK.value, _("Block"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether to allow or to block it.")},
    )
    reason = LongText(
        label=_("Reason"),
        max_length=LONGEST_TEXT,
        help_text=_("For a block, it is the answer to their requests."),
        error_messages={"required": Refusal.NO_LIST_REASON.label},
        widget=forms.Textarea(attrs={"rows": 2}),
    )
