from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    """Why a change of business hours, absences or notices is refused."""

    NOT_ADMINISTRATOR = "not_office_manager", _("You do not have permission to change the business hours.")
    NO_HOURS = "no_hours", _("Choose at least one day with business hours.")
    HOURS_REVERSED = "hours_reversed", _("Business hours end after they begin.")
    NO_ZONE = "no_zone", _("This time zone is not known. Choose one from the list.")
    NO_WORKING_DAY = (
        "no_working_day",
        _("These hours and holidays leave too little time to answer anything. Add hours or remove holidays."),
    )
    NOT_AT_THE_DESK = "not_at_the_desk", _("Only people who decide requests can be away or stand in here.")
    OWN_DEPUTY = "own_deputy", _("Choose a colleague. You cannot stand in for yourself.")
    DAYS_REVERSED = "absence_reversed", _("The last day is before the first day.")
    OVER = "absence_over", _("The last day is in the past.")


words.register("refusal", dict(Refusal.choices))
words.register("new_requests", words.YES_OR_NO)
