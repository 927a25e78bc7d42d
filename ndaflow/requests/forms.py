"""The forms of the requester's pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from documents.models import Document, DocumentVersion
from ndaflow.agreements import signing
from ndaflow.requests.models import LONGEST_TEXT
from trustcenter.accounts.fields import AddressField
from trustcenter.web.fields import Line, LongText


class AskForm(forms.Form):
    """What a visitor fills in to request documents. A person who is signed in is not asked for their address again."""

    documents = forms.ModelMultipleChoiceField(
        queryset=Document.objects.filter(level__is_public=False, versions__state=DocumentVersion.State.CURRENT)
        .select_related("level")
        .prefetch_related("versions"),
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        label=_("Documents"),
        error_messages={"required": _("Choose at least one document.")},
    )
    email = AddressField(
        label=_("Work e-mail"),
        help_text=_("We send a code there to confirm that it is yours."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Enter your work e-mail.")},
    )
    name = Line(
        label=_("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name.")},
    )
    company_name = Line(
        label=_("Company"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": _("Enter the company you work for.")},
    )
    reason = LongText(
        label=_("What do you need them for?"),
        max_length=LONGEST_TEXT,
        help_text=_("One or two sentences are enough."),
        error_messages={"required": _("Say in a sentence what you need the documents for.")},
    )

    def __init__(self, *args: Any, person: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if person is not None:
            del self.fields["email"]
            self.fields["name"].initial = person.name
            self.fields["company_name"].initial = person.company.legal_name if person.company else ""


class SignForm(forms.Form):
    """What the signer types and ticks. The version and the digest say which text the page showed."""

    typed_name = Line(
        label=_("Your full name, as your signature"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
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
        help_text=_("As in the commercial register, such as Example Corp, Inc."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": _("Enter the legal entity that you sign for.")},
    )
    authority = forms.BooleanField(
        label=signing.AUTHORITY,
        error_messages={
            "required": _("Tick this box if you may sign for this legal entity. Otherwise you cannot sign.")
        },
    )
    consent = forms.BooleanField(
        label=signing.CONSENT,
        error_messages={"required": _("Tick this box if you agree. Nothing is signed without it.")},
    )
    version_number = forms.IntegerField(widget=forms.HiddenInput)
    text_sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def assent(self) -> signing.Assent:
        data = self.cleaned_data
        return signing.Assent(typed_name=data["typed_name"], title=data["title"], entity=data["entity"])


class ForwardForm(forms.Form):
    """The colleague who may sign."""

    email = AddressField(
        label=_("Work e-mail of your colleague"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the address of a colleague who may sign.")},
    )


class TakeOverForm(forms.Form):
    """Who takes a request over."""

    name = Line(
        label=_("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name.")},
    )


class AnswerForm(forms.Form):
    """The requester's answer to our question."""

    text = LongText(
        label=_("Your answer"), max_length=LONGEST_TEXT, error_messages={"required": _("Please write an answer.")}
    )
