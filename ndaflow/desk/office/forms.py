"""The forms of business hours, absences and chat channels."""

from datetime import date, time
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ndaflow.chat.addresses import LONGEST, Forbidden, parsed
from ndaflow.chat.models import ChatChannel
from ndaflow.chat.refusals import Refusal as ChatRefusal
from ndaflow.duty.business_time import Hours
from ndaflow.duty.hours import week_of
from ndaflow.duty.models import Absence, Office
from ndaflow.duty.refusals import Refusal
from trustcenter.accounts.models import User
from trustcenter.web.fields import LongText
from trustcenter.web.typed import quoted

MOST_HOLIDAYS = 200
# Any Monday: it only lends its days their names.
MONDAY = date(2024, 1, 1)


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class HoursForm(forms.Form):
    """The business hours: a time zone, from and to for each day, and holidays, one in each line."""

    zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), choices=[(one, one) for one in sorted(available_timezones())]
    )
    holidays = LongText(
        label=gettext_lazy("Holidays"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("One per line: the date, a space and the name. For example: 2026-12-25 Christmas Day"),
    )

    def __init__(self, data: Any = None, *, office: Office) -> None:
        lines = [f"{one['day']} {one['name']}".strip() for one in office.holidays]
        initial: dict[str, Any] = {"zone": office.zone, "holidays": "\n".join(lines)}
        super().__init__(data, initial=initial)
        for number, hours in enumerate(week_of(office.week)):
            name = date_format(MONDAY.replace(day=1 + number), "l")
            for end, label, at in (("from", _("%(day)s from"), 0), ("to", _("%(day)s to"), 1)):
                field = forms.TimeField(
                    label=label % {"day": name},
                    required=False,
                    initial=hours[at] if hours else None,
                    widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
                )
                self.fields[f"{end}_{number}"] = field

    @property
    def days(self) -> list[tuple[str, Any, Any]]:
        """Each day with its two fields."""
        return [
            (date_format(MONDAY.replace(day=1 + number), "l"), self[f"from_{number}"], self[f"to_{number}"])
            for number in range(7)
        ]

    def clean_holidays(self) -> dict[date, str]:
        found = {}
        for number, line in enumerate(self.cleaned_data["holidays"].splitlines(), 1):
            day, _space, name = line.strip().partition(" ")
            if not day:
                continue
            try:
                found[date.fromisoformat(day)] = name.strip()[:60]
            except ValueError:
                words = {"number": number, "line": quoted(line[:40])}
                raise forms.ValidationError(
                    _("Line %(number)s is %(line)s. Begin it with a day such as 2026-12-25."), params=words
                ) from None
        if len(found) > MOST_HOLIDAYS:
            raise forms.ValidationError(_("List at most %(n)s holidays."), params={"n": MOST_HOLIDAYS})
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for number in range(7):
            begin, end = data.get(f"from_{number}"), data.get(f"to_{number}")
            if f"from_{number}" in self.errors or f"to_{number}" in self.errors:
                continue
            if (begin is None) != (end is None):
                self.add_error(f"to_{number}" if end is None else f"from_{number}", _("Fill in both, or neither."))
            elif begin is not None and end is not None and begin >= end:
                self.add_error(f"to_{number}", str(Refusal.HOURS_REVERSED.label))
        if not self.errors and not any(self.week()):
            self.add_error("from_0", str(Refusal.NO_HOURS.label))
        return data

    def week(self) -> list[Hours]:
        """The hours of each day, from Monday on."""
        found: list[Hours] = []
        for number in range(7):
            begin: time | None = self.cleaned_data.get(f"from_{number}")
            end: time | None = self.cleaned_data.get(f"to_{number}")
            found.append((begin, end) if begin and end else None)
        return found


class AbsenceForm(forms.Form):
    """When somebody is away, and who stands in."""

    starts_on = forms.DateField(
        label=gettext_lazy("First day away"),
        widget=day_input(),
        error_messages={"required": gettext_lazy("Enter the first day.")},
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Last day away"),
        widget=day_input(),
        error_messages={"required": gettext_lazy("Enter the last day.")},
    )
    deputy = forms.ModelChoiceField(
        label=gettext_lazy("Who stands in"),
        queryset=User.objects.none(),
        help_text=gettext_lazy(
            "New e-mails about your requests go to this colleague, and so do requests assigned to you in the meantime."
        ),
        empty_label=gettext_lazy("Choose a colleague"),
        error_messages={"required": gettext_lazy("Choose a colleague.")},
    )

    def __init__(self, data: Any = None, *, colleagues: Any, absence: Absence | None) -> None:
        initial = {}
        if absence is not None:
            initial = {"starts_on": absence.starts_on, "ends_on": absence.ends_on, "deputy": absence.deputy_id}
        super().__init__(data, initial=initial)
        self.fields["deputy"].queryset = colleagues  # type: ignore[attr-defined]  # of a model choice field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
            self.add_error("ends_on", str(Refusal.DAYS_REVERSED.label))
        return data


class ChannelForm(forms.Form):
    """A chat channel: its kind and its secret address."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=ChatChannel.Kind)
    about = forms.ChoiceField(
        label=gettext_lazy("Told about"),
        choices=ChatChannel.About,
        help_text=gettext_lazy("For both in one channel, add its address twice."),
    )
    address = forms.CharField(
        label=gettext_lazy("Webhook address"),
        max_length=LONGEST,
        help_text=gettext_lazy("It begins with https://. It is a secret, so it is not shown again."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
        error_messages={"required": gettext_lazy("Enter the address of the webhook.")},
    )
    names_people = forms.BooleanField(
        label=gettext_lazy("Name the person and the company in each message"),
        required=False,
        help_text=gettext_lazy("Otherwise a message has only the reference of the request and a link."),
    )

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"].strip()
        try:
            parsed(address)
        except Forbidden:
            raise forms.ValidationError(str(ChatRefusal.NO_ADDRESS.label)) from None
        return address
