from django import forms
from django.utils.translation import gettext_lazy as _

from trustcenter.accounts.fields import AddressField


class InviteForm(forms.Form):
    """The colleague who is to be told."""

    email = AddressField(
        label=_("Work e-mail of your colleague"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the address of the colleague who should get the e-mails.")},
    )
