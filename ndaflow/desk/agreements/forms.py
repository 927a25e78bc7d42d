from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ndaflow.agreements.flows import written
from ndaflow.agreements.models import Agreement, AgreementVersion, Scope
from ndaflow.agreements.papers.models import midnight
from trustcenter.audit import FlowError
from trustcenter.web.fields import Line

LONGEST = 200_000
# Four bytes at most for a character of UTF-8.
LONGEST_FILE = 4 * LONGEST
# Addresses of this desk that an agreement of the same name would hide.
TAKEN = frozenset({"new", "papers", "register"})


class NewAgreementForm(forms.Form):
    """How an agreement is called. Its text comes on the next page."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Agreement.Kind.choices)
    title = Line(
        label=gettext_lazy("Title"),
        max_length=200,
        help_text=gettext_lazy("As signers see it, for example: Business associate agreement."),
        error_messages={"required": gettext_lazy("Enter a title.")},
    )
    slug = forms.SlugField(
        label=gettext_lazy("Short name"),
        max_length=50,
        help_text=gettext_lazy("For addresses and levels, for example: baa. It never changes."),
        error_messages={
            "required": gettext_lazy("Enter a short name."),
            "invalid": gettext_lazy("Use letters from a to z, digits and hyphens only."),
        },
    )

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).lower()
        if slug in TAKEN:
            raise forms.ValidationError(_("“%(slug)s” is taken. Choose another short name.") % {"slug": slug})
        return slug


class TextForm(forms.Form):
    """A new text: a file, or written into the page. `text` is what both become."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        help_text=gettext_lazy("Markdown or plain text in UTF-8, at most 200,000 characters."),
        widget=forms.ClearableFileInput(attrs={"accept": ".md,.txt,text/markdown,text/plain"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Or write the text here"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "true"}),
        help_text=gettext_lazy(
            "“## 1. Purpose” is a heading, an empty line ends a paragraph. Fields are filled when somebody signs:"
            " {operator}, {company}, {signer}, {email}, {effective date}, {version}."
        ),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        file = data.get("file")
        try:
            if file and file.size > LONGEST_FILE:
                raise forms.ValidationError(_("The text is longer than 200,000 characters."))
            # Some editors begin a file with a mark that is no part of its text.
            text = written(file.read().decode("utf-8-sig") if file else data.get("text", ""))
            if len(text) > LONGEST:
                raise forms.ValidationError(_("The text is longer than 200,000 characters."))
        except FlowError as refusal:
            self.add_error("file" if file else "text", str(refusal))
        except UnicodeDecodeError:
            self.add_error("file", _("This file is not text in UTF-8. Save it as Markdown or plain text."))
        except forms.ValidationError as wrong:
            self.add_error("file" if file else "text", wrong)
        else:
            data["text"] = text
        return data


class PublishForm(forms.Form):
    """A text that was previewed, whom a signature covers, from when it applies, and what it means for earlier signers."""

    # What the preview showed.
    text = forms.CharField(strip=False, max_length=LONGEST, widget=forms.HiddenInput)
    after = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    covers = forms.ChoiceField(
        label=gettext_lazy("A signature covers"),
        choices=[
            (Scope.PERSON.value, gettext_lazy("The person who signs")),
            (Scope.DOMAIN.value, gettext_lazy("Everyone at their mail domain, once an approver confirms it")),
            (Scope.COMPANY.value, gettext_lazy("Everyone at their company, once an approver confirms it")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose who a signature covers.")},
    )
    effective_on = forms.DateField(
        label=gettext_lazy("Applies from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Leave it empty to put it in force at once."),
    )
    earlier_signers = forms.ChoiceField(
        label=gettext_lazy("People who signed an earlier version"),
        choices=AgreementVersion.EarlierSigners.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what people who signed an earlier version must do.")},
    )

    def __init__(self, *args: Any, is_first: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_first:
            # Nobody has signed an earlier text.
            del self.fields["earlier_signers"]

    def clean_text(self) -> str:
        try:
            return written(self.cleaned_data["text"])
        except FlowError as refusal:
            raise forms.ValidationError(str(refusal)) from None

    def clean_effective_on(self) -> Any:
        day = self.cleaned_data["effective_on"]
        if day is not None and day <= timezone.localdate(timezone=timezone.get_default_timezone()):
            raise forms.ValidationError(_("Choose a day after today, or leave it empty to publish at once."))
        return day

    @property
    def effective_at(self) -> datetime | None:
        day = self.cleaned_data.get("effective_on")
        return midnight(day) if day else None

    def rule(self) -> str:
        return str(self.cleaned_data.get("earlier_signers", AgreementVersion.EarlierSigners.GRANDFATHER))


class OfferForm(forms.Form):
    """The policy of an agreement: how it is offered by itself, without a document, and how wide a scope may be."""

    summary = Line(
        label=gettext_lazy("What it is for"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("One sentence for the public list of agreements."),
    )
    plans = forms.CharField(
        label=gettext_lazy("Plans whose customers may sign it on its own"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One plan per line, spelled as on the company pages. If empty, nobody can."),
    )

    widest = forms.ChoiceField(
        label=gettext_lazy("Widest scope"),
        choices=[(one.value, capfirst(one.label)) for one in Scope],
        help_text=gettext_lazy(
            "The most that a signature or a paper may cover. An approver confirms each one that covers more than one person."
        ),
    )

    def clean_plans(self) -> list[str]:
        lines = [Line(max_length=100).clean(line) for line in self.cleaned_data["plans"].splitlines() if line.strip()]
        return list(dict.fromkeys(lines))
