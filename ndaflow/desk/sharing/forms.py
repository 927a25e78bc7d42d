from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from documents.models import Document
from trustcenter.accounts.fields import AddressField
from trustcenter.web.fields import Line, LongText


class ShareForm(forms.Form):
    """Who gets the link, to which page, and a personal message."""

    email = AddressField(
        label=_("E-mail"), error_messages={"required": _("Enter the e-mail address that gets the link.")}
    )
    account = Line(
        label=_("Company"),
        required=False,
        max_length=200,
        help_text=_("If they ask for documents, the request says that you shared the page with this company."),
    )
    document = forms.ModelChoiceField(
        label=_("Leads to"),
        required=False,
        queryset=Document.objects.all(),
        to_field_name="slug",
        empty_label=_("The overview"),
    )
    note = LongText(
        label=_("Message"), required=False, max_length=1000, help_text=_("It appears in the e-mail as you type it.")
    )

    @property
    def slug(self) -> str:
        document: Any = self.cleaned_data["document"]
        return document.slug if document else ""


class LinkForm(forms.Form):
    """For which company a link is."""

    account = Line(
        label=_("Company"),
        max_length=200,
        error_messages={"required": _("Enter the company that gets the link.")},
    )
