"""Why a step with a person's own data is refused."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    EXPORT_RUNNING = "export_running", _("Your data is already being prepared. This takes a minute or two.")
    EXPORT_GONE = "export_gone", _("This file has been deleted. Ask for a new one.")
    ERASURE_WAITS = "erasure_waits", _("You have already asked for this. We will answer within a month.")
    ERASURE_SETTLED = "erasure_settled", _("This has been settled in the meantime. Reload the page.")
    STAFF_ACCOUNT = "staff_account", _("This is a staff account. Ask an administrator to close it.")
    NOT_ERASER = "not_eraser", _("You do not have permission to erase personal data.")
    OWN_ERASURE = "own_erasure", _("Nobody decides about their own data. Ask a colleague.")
    NO_ERASURE_REASON = "no_erasure_reason", _("Give a reason. The person reads it.")


words.register("refusal", dict(Refusal.choices))
