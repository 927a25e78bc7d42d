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
    MAILBOX_FULL = (
        "mailbox_full",
        _("We have sent several e-mails to this address. Use the newest one, or try again in ten minutes."),
    )
    MAILBOX_FULL_TODAY = (
        "mailbox_full_today",
        _(
            "We have sent this address as many e-mails as we may in a day. Use the newest one, try again tomorrow, "
            "or use a browser in which you have signed in before."
        ),
    )
    NETWORK_FULL = (
        "network_full",
        _("Too many e-mails were requested from your network. Try again in an hour, or from another network."),
    )
    SITE_FULL = (
        "site_full",
        _(
            "Too many e-mails are requested from this site at the moment. Try again in an hour, "
            "or use a browser in which you have signed in before."
        ),
    )
    CONFIRMED_BEFORE = "confirmed_before", _("This company has already been confirmed.")
    NOT_ADMINISTRATOR = "not_administrator", _("You do not have permission to change people.")
    OWN_ACCOUNT = (
        "own_account",
        _("Nobody closes or resets their own account, or changes their own roles. Ask another administrator."),
    )
    LAST_ADMINISTRATOR = (
        "last_administrator",
        _("This is the last administrator. Make somebody else an administrator first."),
    )
    NO_ROLE = "no_role", _("Choose at least one role.")
    STAFF_BEFORE = "staff_before", _("%(email)s is already a member of staff.")
    NOT_STAFF = "not_staff", _("This is no member of staff, or the account is closed.")
    CHANGED_MEANWHILE = (
        "changed_meanwhile",
        _("Somebody has changed this since you opened the page. Nothing was saved. Look again."),
    )


words.register("refusal", dict(Refusal.choices))
