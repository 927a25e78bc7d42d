"""Why a step about copies is refused. Records keep codes; sentences are made when read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    """The reason of a FlowError of this room; the label is the sentence for the person who tried."""

    NOT_APPROVER = "not_asker", _("You do not have permission to ask for the destruction of copies.")
    NO_REASON = "no_destroy_reason", _("Say why the copies have to be destroyed. The reader reads it.")
    NO_COPIES = "no_copies", _("They have already been asked to destroy every copy they have.")
    NOT_HOLDER = "not_holder", _("Only the person who has the copies can answer.")
    ANSWERED = "destruction_answered", _("You have already answered.")
    NO_ANSWER = "no_destroy_answer", _("Choose one of the two answers.")
    NO_WORDS = "no_destroy_words", _("Say which copies are left, where, and why.")


words.register("refusal", dict(Refusal.choices))
