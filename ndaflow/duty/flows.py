"""The steps that change business hours, absences, and who is mailed about new requests."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo, available_timezones

from documents.models.levels import LONGEST_TARGET
from ndaflow.duty.business_time import BusinessTime, Hours
from ndaflow.duty.models import Absence, NewRequestMail, Office
from ndaflow.duty.people import DECIDE, today
from ndaflow.duty.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts import checked
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action

CHANGE_HOURS = "ndaflow.change_office_hours"


def change_hours(zone: str, week: Sequence[Hours], holidays: Mapping[date, str], *, by: User) -> Office:
    """Changes the business hours. Open requests keep the instant at which their answer is due."""
    with audit.change(by=by) as change:
        if not by.has_perm(CHANGE_HOURS):
            raise FlowError(Refusal.NOT_ADMINISTRATOR)
        if zone not in available_timezones():
            raise FlowError(Refusal.NO_ZONE)
        if not any(week):
            raise FlowError(Refusal.NO_HOURS)
        if any(hours is not None and hours[0] >= hours[1] for hours in week):
            raise FlowError(Refusal.HOURS_REVERSED)
        office = BusinessTime(ZoneInfo(zone), week, frozenset(holidays))
        try:
            office.after(change.at, timedelta(hours=LONGEST_TARGET))
        except ValueError:
            raise FlowError(Refusal.NO_WORKING_DAY) from None
        row = Office(
            zone=zone,
            week=[hours and [one.isoformat("minutes") for one in hours] for hours in week],
            holidays=[{"day": day.isoformat(), "name": checked.line(holidays[day])} for day in sorted(holidays)],
        )
        # One statement for the first row and for every later one.
        Office.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["id"], update_fields=["zone", "week", "holidays"]
        )
        change.record(
            Action.DESK_HOURS_CHANGED, zone=zone, week=row.week, holidays=[one["day"] for one in row.holidays]
        )
    return row


def be_away(starts_on: date, ends_on: date, deputy: User, *, by: User) -> Absence:
    """Says when `by` is away and who stands in. It replaces what they said before."""
    with audit.change(by=by) as change:
        if not by.has_perm(DECIDE) or not (deputy.is_staff and deputy.has_perm(DECIDE)):
            raise FlowError(Refusal.NOT_AT_THE_DESK)
        if deputy.pk == by.pk:
            raise FlowError(Refusal.OWN_DEPUTY)
        if ends_on < starts_on:
            raise FlowError(Refusal.DAYS_REVERSED)
        if ends_on < today(change.at):
            raise FlowError(Refusal.OVER)
        days = {"starts_on": starts_on, "ends_on": ends_on, "deputy": deputy}
        absence, _new = Absence.objects.update_or_create(person=by, defaults=days)
        change.record(
            Action.DESK_ABSENCE_SET,
            subject=absence,
            deputy=deputy,
            starts_on=starts_on.isoformat(),
            ends_on=ends_on.isoformat(),
        )
    return absence


def be_back(*, by: User) -> None:
    """Ends the absence of `by`, or takes back one that has not begun."""
    with audit.change(by=by) as change:
        if Absence.objects.filter(person=by).delete()[0]:
            change.record(Action.DESK_ABSENCE_ENDED)


def choose_mails(*, new_requests: bool, by: User) -> None:
    """Chooses whether `by` is mailed about each new request."""
    with audit.change(by=by) as change:
        if not by.has_perm(DECIDE):
            raise FlowError(Refusal.NOT_AT_THE_DESK)
        if new_requests:
            NewRequestMail.objects.get_or_create(person=by)
        else:
            NewRequestMail.objects.filter(person=by).delete()
        change.record(Action.DESK_MAILS_CHOSEN, new_requests="yes" if new_requests else "no")
