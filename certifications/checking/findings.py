"""What a check finds: a code, a sentence, the places that it is about, and what to do."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Group(models.TextChoices):
    """The sections of the desk's page, in its order."""

    CONTRADICTORY = "contradictory", _("Contradictory")
    STALE = "stale", _("Past its date")
    DUE = "due", _("Due within 30 days")
    UNCLEAR = "unclear", _("Needs correction")


class Code(models.TextChoices):
    """What is wrong. Programs read the value."""

    CONTRADICTION = "contradiction", _("Contradiction")
    ENDED = "ended", _("Ended, but listed as in force")
    SUBPROCESSOR_MISSING = "subprocessor_missing", _("Subprocessor not listed")
    SUBPROCESSOR_SCOPE = "subprocessor_scope", _("Subprocessor listed for other products")
    SUBPROCESSOR_DENIED = "subprocessor_denied", _("Subprocessor listed, but denied")
    NOTICE = "notice", _("Notice of a subprocessor")
    OVERDUE = "overdue", _("Past its review date")
    SILENT = "silent", _("Incident without news")
    TARGET_PASSED = "target_passed", _("Past its target date")
    DUE = "due", _("Review due")
    NO_DATES = "no_dates", _("Date missing")
    NO_TARGET = "no_target", _("Target date missing")
    GATED = "gated", _("Should be public")
    EVIDENCE_MISSING = "evidence_missing", _("Evidence missing")
    EVIDENCE_EMPTY = "evidence_empty", _("Evidence without a file")
    WRONG_WORDS = "wrong_words", _("Misleading wording")

    @property
    def group(self) -> Group:
        match self:
            case (
                Code.CONTRADICTION
                | Code.ENDED
                | Code.SUBPROCESSOR_MISSING
                | Code.SUBPROCESSOR_SCOPE
                | Code.SUBPROCESSOR_DENIED
            ):
                return Group.CONTRADICTORY
            case Code.OVERDUE | Code.SILENT | Code.TARGET_PASSED:
                return Group.STALE
            case Code.DUE:
                return Group.DUE
            case _:
                return Group.UNCLEAR

    @property
    def tone(self) -> str:
        return "bad" if self.group == Group.CONTRADICTORY else "wait"


@dataclass(frozen=True)
class Place:
    """A row of the public content: its part and slug as in the content file, its name, and the page that edits it."""

    part: str
    slug: str
    name: str
    edit: str
    # The address of the colleague who keeps it true; "" if nobody is named.
    owner: str = ""

    def __str__(self) -> str:
        return f"{self.part}/{self.slug}" if self.slug else self.part


@dataclass(frozen=True)
class Finding:
    """Something about the public content that somebody has to look at.

    It has two places where two rows do not fit together, and one where a row is wrong by itself.
    """

    code: Code
    sentence: str
    places: tuple[Place, ...]
    todo: str

    def __str__(self) -> str:
        return " ".join([self.sentence, self.todo])

    @property
    def owners(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(place.owner for place in self.places if place.owner))
