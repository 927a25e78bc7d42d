from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from documents.models import AccessGrant
from ndaflow.desk.forms import ReasonForm
from ndaflow.requests.models import LONGEST_TEXT
from trustcenter.accounts.models import Company
from trustcenter.web.fields import Line, LongText
from trustcenter.web.templatetags.writing import day


class ExtendForm(forms.Form):
    """Until when access lasts from now on, and why."""

    until = forms.DateField(
        label=gettext_lazy("Open until"),
        error_messages={"required": gettext_lazy("Choose a day after the current end date.")},
    )
    reason = LongText(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_TEXT,
        help_text=gettext_lazy("Kept in the audit log. The reader does not see it."),
        error_messages={"required": gettext_lazy("Say why you extend the access.")},
    )

    def __init__(self, data: Any = None, *, grant: AccessGrant) -> None:
        super().__init__(data)
        today, level = timezone.localdate(), grant.document.level
        usual, longest = (level.usual_days, level.longest_days) if level else (0, 0)
        self.earliest = timezone.localdate(grant.ends_at) + timedelta(days=1)
        self.latest = today + timedelta(days=longest)
        attrs = {"type": "date", "min": self.earliest.isoformat(), "max": self.latest.isoformat()}
        self.fields["until"].widget = forms.DateInput(attrs=attrs, format="%Y-%m-%d")
        self.fields["until"].initial = min(self.latest, max(self.earliest, today + timedelta(days=usual)))
        self.fields["until"].help_text = format_html(
            _("The level of the document allows {day} at the latest."), day=day(self.latest)
        )

    def clean_until(self) -> datetime:
        """The end of the last day."""
        until = self.cleaned_data["until"]
        if until < self.earliest:
            raise forms.ValidationError(_("Choose a day after the current end date."))
        if until > self.latest:
            raise forms.ValidationError(_("Choose an earlier day. The level of the document does not allow more."))
        return datetime.combine(until, time.max, UTC)


class RevokeForm(ReasonForm):
    """Why access ends, and whether the reader is asked to destroy what left."""

    destroy = forms.BooleanField(required=False)

    def __init__(self, data: Any = None, *, copies: int = 0) -> None:
        super().__init__(data, auto_id="id_%s_revoke")
        if not copies:
            del self.fields["destroy"]
            return
        self.fields["destroy"].label = ngettext(
            "Ask them to destroy the copy that they downloaded",
            "Ask them to destroy the %(n)s copies that they downloaded",
            copies,
        ) % {"n": copies}


class EndCompanyForm(RevokeForm):
    """Like RevokeForm, and the name of the company, typed by somebody who has read what ends."""

    name = Line(
        label=gettext_lazy("Name of the company"),
        max_length=200,
        error_messages={"required": gettext_lazy("Type the name of the company.")},
    )

    def __init__(self, data: Any = None, *, company: Company, copies: int) -> None:
        super().__init__(data, copies=copies)
        self.company = company
        self.fields["name"].help_text = _("To confirm, type it exactly as shown above.")
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name.casefold() != self.company.legal_name.casefold():
            raise forms.ValidationError(_("This is not the name of the company. Nothing was ended."))
        return name


class DestroyForm(ReasonForm):
    """Why copies have to be destroyed."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="id_%s_destroy")
