from datetime import UTC, date, datetime, time

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ndaflow.requests.models import LONGEST_TEXT
from trustcenter.web.fields import LongText


class LongerForm(forms.Form):
    """Until when several people have access from now on, and why. The level of each document says how long it may be."""

    until = forms.DateField(
        label=gettext_lazy("Open until"),
        help_text=gettext_lazy(
            "If a document’s level does not allow it, nothing changes for that document, and you see which it is."
        ),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Choose a day in the future.")},
    )
    reason = LongText(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_TEXT,
        help_text=gettext_lazy("Kept in the audit log. The reader does not see it."),
        error_messages={"required": gettext_lazy("Say why you extend the access.")},
    )

    def clean_until(self) -> datetime:
        """The end of the last day."""
        day: date = self.cleaned_data["until"]
        if day <= timezone.localdate():
            raise forms.ValidationError(_("Choose a day in the future."))
        return datetime.combine(day, time.max, UTC)
