"""Why a step is refused because of who somebody is, or of what they typed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    LAST_FACTOR = (
        "last_factor",
        _("This is your only second factor. Add another one first: a passkey or an authenticator app."),
    )
    NO_ADDRESS = "no_address", _("This is not an e-mail address that we can write to.")
    NOT_SHOWN = (
        "not_shown",
        _("Something that you typed holds characters that cannot be shown. Type it again without them."),
    )
    NOT_CONFIRMER = "not_confirmer", _("You do not have permission to confirm companies.")
    NO_COMPANY_NAME = "no_company_name", _("Enter the legal name of the company.")
    CONFIRMED_BEFORE = "confirmed_before", _("This company has already been confirmed.")


words.register("refusal", dict(Refusal.choices))
