from django import forms
from django.utils.translation import gettext_lazy as _

from trustcenter.web.fields import LongText


class DeclineForm(forms.Form):
    """Why a person's data are not erased."""

    reason = LongText(
        label=_("Reason"),
        max_length=2000,
        help_text=_("The person reads it, with the note that they can complain to a supervisory authority."),
        error_messages={"required": _("Give a reason. The person reads it.")},
    )
