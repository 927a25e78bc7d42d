from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy, ngettext

from documents.models import Document
from ndaflow.invitations.models import LONGEST_NOTE
from ndaflow.invitations.prospects import Event
from trustcenter.accounts.fields import AddressField
from trustcenter.web.fields import Line, LongText

# The durations that are offered, as far as some level allows them.
DURATIONS = (14, 30, 90, 180, 365)


class InviteForm(forms.Form):
    """Whom a colleague in sales invites, to what, and for how long."""

    email = AddressField(
        label=gettext_lazy("E-mail"),
        help_text=gettext_lazy("Only the owner of exactly this address can use the invitation."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter the person’s e-mail address.")},
    )
    name = Line(
        label=gettext_lazy("Name"),
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    company_name = Line(
        label=gettext_lazy("Company"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter the company they work for.")},
    )
    documents = forms.ModelMultipleChoiceField(
        queryset=Document.objects.none(),
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Documents"),
        error_messages={"required": gettext_lazy("Choose at least one document.")},
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Open for"),
        coerce=int,
        error_messages={"required": gettext_lazy("Choose for how long.")},
    )
    note = LongText(
        label=gettext_lazy("Your words"),
        required=False,
        max_length=LONGEST_NOTE,
        help_text=gettext_lazy("They appear in the e-mail as you type them. At most 300 characters."),
    )

    def __init__(self, *args: Any, offered: Sequence[Document], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        documents, days = self.fields["documents"], self.fields["days"]
        assert isinstance(documents, forms.ModelMultipleChoiceField) and isinstance(days, forms.TypedChoiceField)
        documents.queryset = (
            Document.objects.filter(pk__in=[one.pk for one in offered])
            .select_related("level")
            .prefetch_related("versions")
        )
        longest = max((one.level.invitation_days or 0 for one in offered if one.level), default=0)
        days.choices = [(n, _duration(n)) for n in sorted({*DURATIONS, longest}) if 0 < n <= longest]


class MailsForm(forms.Form):
    """When a colleague is mailed about their prospects."""

    events = forms.MultipleChoiceField(
        label=gettext_lazy("E-mail me when a prospect of mine"),
        required=False,
        choices=Event.choices,
        widget=forms.CheckboxSelectMultiple,
    )


def _duration(days: int) -> str:
    end = date_format(timezone.localdate() + timedelta(days=days), "j M Y")
    return ngettext("%(n)s day, at most to %(end)s", "%(n)s days, at most to %(end)s", days) % {"n": days, "end": end}
