"""Why a step on a level is refused. Records keep codes; sentences are made when read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    """The reason of a FlowError of this room; the label is the sentence for the person who tried."""

    NOT_EDITOR = "not_level_editor", _("You do not have permission to edit levels.")
    OTHER_LEVEL = (
        "other_level",
        _("Somebody has changed this level since you opened the page. Nothing was saved. Compare, and save again."),
    )
    MORE_PEOPLE = (
        "more_people",
        _("More people would lose access than you were shown. Nothing was saved. Look at the preview again."),
    )
    NAME_TAKEN = "name_taken", _("There is a level with this name.")
    TOO_FEW_PEOPLE = (
        "too_few_people",
        _("Only %(people)s people may decide requests, so nobody could ever get %(approvals)s approvals."),
    )
    NOTHING_TO_SIGN = (
        "nothing_to_sign",
        _("Nobody could sign %(agreement)s: no version of it is in force. Publish one first."),
    )
    LEVEL_IN_USE = "level_in_use", _("Documents have this level, so it cannot be removed. Give them another one first.")
    PUBLIC_STAYS = "public_stays", _("The level that is open to everyone cannot be removed.")


words.register("refusal", dict(Refusal.choices))
