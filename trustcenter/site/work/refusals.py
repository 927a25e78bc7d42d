"""Why background work is not started again or dismissed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    NOT_MANAGER = "not_work_manager", _("You do not have permission to manage background work.")
    RUNNING = "work_running", _("This is running now. Wait until it has ended.")
    ENDED = "work_ended", _("This has already ended: it succeeded, or somebody dismissed it.")


words.register("refusal", dict(Refusal.choices))
