"""Why a step on the rules is refused."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    """The label is the sentence for the person who tried."""

    NOT_ALLOWED = "rules_not_allowed", _("You do not have permission to change rules.")
    CHANGED = (
        "rules_changed",
        _("Someone else has just changed the draft. What you typed is below; compare, then save again."),
    )
    TOO_MANY = "rules_too_many", _("There cannot be more than %(most)s rules. Remove one first.")
    FLAWED = "rules_flawed", _("The draft cannot be published: %(problem)s")
    NO_CHANGE = "rules_no_change", _("The draft says the same as the version in force.")
    NO_WHY = "rules_no_why", _("Say why you publish these rules. It is kept with the version.")
    NO_DRY_RUN = "rules_no_dry_run", _("Run the draft over past requests first, and read what it would have decided.")
    NO_VERSION = "rules_no_version", _("No rules are published yet.")
    NO_REASON = "rules_no_reason", _("Say why you switch the rules off. Colleagues read it.")
    BAD_LIMIT = "rules_bad_limit", _("The daily limit is a number from 1 to %(most)s.")
    ON = "rules_on", _("The rules are already on.")
    OFF = "rules_off", _("The rules are already off.")


words.register("refusal", dict(Refusal.choices))
