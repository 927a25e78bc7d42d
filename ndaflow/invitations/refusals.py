"""Why a step on an invitation is refused."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    """The label is the sentence for the person who tried."""

    NOT_SALES = "invitation_not_sales", _("You do not have permission to invite people.")
    NOT_YOURS = "invitation_not_yours", _("A colleague sent this invitation. They or an administrator can withdraw it.")
    NO_DOCUMENT = "invitation_no_document", _("Choose at least one document.")
    NOT_AT_LEVEL = (
        "invitation_not_at_level",
        _("Sales may not invite to %(document)s: its level does not allow it. They have to ask for it."),
    )
    IN_PREPARATION = "invitation_in_preparation", _("%(document)s is in preparation. There is no file to read yet.")
    TOO_LONG = "invitation_too_long", _("Choose from 1 to %(days)s days. That is the limit of %(document)s.")
    ENOUGH_WAIT = (
        "invitation_enough_wait",
        _("You have %(most)s invitations waiting at the level %(level)s, which is its limit. Withdraw one first."),
    )
    STAFF = "invitation_staff", _("This is the address of a colleague. Staff need no invitation.")
    BLOCKED = "invitation_blocked", _("This person or their company is blocked. Ask an approver.")
    ASKED = (
        "invitation_asked",
        _("They have already asked for %(document)s, and the request is waiting: %(reference)s."),
    )
    HELD = "invitation_held", _("%(document)s is already open to them, until %(until)s.")
    NAMED = (
        "invitation_named",
        _("This person has already been invited to %(document)s, and the invitation is waiting."),
    )
    NO_NAME = "invitation_no_name", _("Enter the company they work for.")
    LONG_NOTE = "invitation_long_note", _("Your words are longer than %(most)s characters.")
    NOT_THE_SENDER = "invitation_not_the_sender", _("Only the colleague who invited them can send it again.")
    TOO_SOON = "invitation_too_soon", _("They got this invitation less than a day ago. Send it again tomorrow.")
    SENT_OFTEN = "invitation_sent_often", _("They got this invitation %(most)s times. Write to them yourself.")
    SETTLED = "invitation_settled", _("This invitation has already ended. Nothing was changed.")


words.register("refusal", dict(Refusal.choices))
