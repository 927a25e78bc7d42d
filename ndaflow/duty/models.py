"""When the operator's people work, who is away and who stands in, and who is mailed about new requests."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# Monday to Friday, nine to five, until an administrator changes it.
USUAL_WEEK: list[list[str] | None] = [["09:00", "17:00"]] * 5 + [None, None]


def usual_week() -> list[Any]:
    return [hours and list(hours) for hours in USUAL_WEEK]


class Office(models.Model):
    """The operator's business hours. There is one row, or none while the usual hours apply; see `hours`."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    # From Monday on: ["09:00", "17:00"], or null for a day off.
    week = models.JSONField(default=usual_week)
    # [{"day": "2026-12-25", "name": "Christmas Day"}]
    holidays = models.JSONField(default=list, blank=True)

    class Meta:
        permissions = [("change_office_hours", "Can change the business hours")]
        constraints = [models.CheckConstraint(condition=Q(id=1), name="office_is_one_row")]

    def __str__(self) -> str:
        return self.zone


class Absence(models.Model):
    """A member of staff is away, from the first to the last day, and another one stands in."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="absence")
    deputy = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="stands_in_for")
    starts_on = models.DateField(_("first day away"))
    ends_on = models.DateField(_("last day away"))

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="absence_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(deputy=F("person")), name="absence_deputy_is_another_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.starts_on}/{self.ends_on}"


class NewRequestMail(models.Model):
    """A member of staff wants a mail about each new request. Without a row, none is sent to them unless nobody has one."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="new_request_mail")
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.person_id
