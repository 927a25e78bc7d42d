"""Why a step of this package is refused."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Refusal(models.TextChoices):
    LAST_FACTOR = (
        "last_factor",
        _("This is your only second factor. Add another one first: a passkey or an authenticator app."),
    )
