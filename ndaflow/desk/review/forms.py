from django import forms
from django.utils.translation import gettext_lazy as _

from ndaflow.requests.models import LONGEST_TEXT
from trustcenter.web.fields import LongText


class RevokeForm(forms.Form):
    """Why access ends; the reader gets the reason."""

    reason = LongText(
        label=_("Reason, which they will read"),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Give a reason. The requester reads it.")},
    )
