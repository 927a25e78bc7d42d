"""The form that signs an agreement."""

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ndaflow.agreements import signing
from trustcenter.accounts.fields import NameField
from trustcenter.web.fields import Line


def _in_english(words: str) -> SafeString:
    """What a signer agrees to is evidence and has one wording, on pages in other languages too."""
    return format_html('<span lang="en" dir="ltr">{}</span>', words)


class SignForm(forms.Form):
    """What the signer types and ticks. The version and the digest say which text the page showed."""

    typed_name = NameField(
        label=_("Your full name, as your signature"),
        error_messages={"required": _("Type your full name to sign.")},
    )
    title = Line(
        label=_("Your job title"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
        error_messages={"required": _("Enter your job title.")},
    )
    entity = Line(
        label=_("Legal entity you sign for"),
        max_length=200,
        help_text=_("As it appears in the commercial register, such as Example Corp, Inc."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": _("Enter the legal entity that you sign for.")},
    )
    authority = forms.BooleanField(
        label=_in_english(signing.AUTHORITY),
        error_messages={
            "required": _("Tick this box if you may sign for this legal entity. Otherwise you cannot sign.")
        },
    )
    consent = forms.BooleanField(
        label=_in_english(signing.CONSENT),
        error_messages={"required": _("Tick this box if you agree. Nothing is signed without it.")},
    )
    version_number = forms.IntegerField(widget=forms.HiddenInput)
    text_sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def assent(self) -> signing.Assent:
        data = self.cleaned_data
        return signing.Assent(typed_name=data["typed_name"], title=data["title"], entity=data["entity"])
