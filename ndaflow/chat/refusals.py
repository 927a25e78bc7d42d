from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    """Why a chat channel is not added, tested or removed."""

    NOT_MANAGER = "not_channel_manager", _("You do not have permission to change chat channels.")
    NO_ADDRESS = (
        "no_webhook_address",
        _("We cannot send to this address. It has to begin with https:// and lead to a public host."),
    )
    TOO_MANY = "too_many_channels", _("There are already ten channels. Remove one first.")
    GONE = "channel_gone", _("This channel has been removed.")


words.register("refusal", dict(Refusal.choices))
