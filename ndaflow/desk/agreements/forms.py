from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ndaflow.agreements.flows import written
from ndaflow.agreements.models import Agreement, AgreementVersion
from trustcenter.audit import FlowError
from trustcenter.web.fields import Line

LONGEST = 200_000
# Four bytes at most for a character of UTF-8.
LONGEST_FILE = 4 * LONGEST


class TextForm(forms.Form):
    """A new text: a file, or written into the page. `text` is what both become."""

    title = Line(label=gettext_lazy("Title"), max_length=200)
    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        help_text=gettext_lazy("Markdown or plain text in UTF-8, at most 200,000 characters."),
        widget=forms.ClearableFileInput(attrs={"accept": ".md,.txt,text/markdown,text/plain"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Or paste the text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "true"}),
        help_text=gettext_lazy(
            "“## 1. Purpose” is a heading, an empty line ends a paragraph. Fields are filled when somebody signs:"
            " {operator}, {company}, {signer}, {email}, {effective date}, {version}."
        ),
    )

    def __init__(self, *args: Any, agreement: Agreement | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if agreement is not None:
            # A title belongs to all versions.
            del self.fields["title"]

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
    """A text that was previewed, and what it means for people who signed an earlier one."""

    # What the preview showed.
    title = Line(max_length=200, required=False, widget=forms.HiddenInput)
    text = forms.CharField(strip=False, max_length=LONGEST, widget=forms.HiddenInput)
    after = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
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

    def rule(self) -> str:
        return str(self.cleaned_data.get("earlier_signers", AgreementVersion.EarlierSigners.GRANDFATHER))
