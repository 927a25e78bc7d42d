"""What a subscriber types and chooses."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from certifications.models import Update
from certifications.models.subscriptions import Rhythm
from trustcenter.accounts.fields import AddressField
from trustcenter.web.fields import Line


class ChoiceForm(forms.Form):
    """What a subscription brings, and when."""

    topics = forms.MultipleChoiceField(
        label=_("Topics"),
        choices=Update.Category,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one topic.")},
    )
    rhythm = forms.ChoiceField(label=_("How often"), choices=Rhythm, widget=forms.RadioSelect, initial=Rhythm.AT_ONCE)

    @property
    def rhythm_chosen(self) -> Rhythm:
        return Rhythm(self.cleaned_data["rhythm"])


class SubscribeForm(ChoiceForm):
    """The address that gets the posts comes first."""

    email = AddressField(
        label=_("E-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Enter the e-mail address that should get the posts.")},
    )
    field_order = ("email", "topics", "rhythm")


class CodeForm(forms.Form):
    """The code from the mail."""

    code = Line(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
        error_messages={"required": _("Enter the code from the e-mail.")},
    )


def chosen(values: list[str]) -> dict[str, Any]:
    """What a new form has ticked: what the link names, or everything."""
    return {"topics": [one for one in values if one in Update.Category.values] or list(Update.Category.values)}
