from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certifications.models.translations import Translated
from trustcenter.audit.facts import Answering
from trustcenter.web.fields import LineColumn

# More people than this never approve one document.
MOST_APPROVALS = 3
# The approvals that a document without a level needs.
OUT_OF_REACH = 1000
LONGEST_DAYS = 3 * 365
LONGEST_TARGET = 400
MOST_INVITED = 1000

# The facts of the levels of a new site, which a migration creates. No record says so, and none is needed while they are
# as here: never change a value, write a migration that leaves a record.
SHIPPED: tuple[dict[str, Any], ...] = tuple(
    {
        "slug": slug,
        "is_public": approvals == 0,
        "approvals": approvals,
        "way": way,
        "agreements": agreements,
        "usual_days": usual,
        "longest_days": LONGEST_DAYS,
        "target_hours": target,
    }
    for slug, approvals, way, agreements, usual, target in (
        ("public", 0, "file", [], 365, 8),
        ("nda", 1, "file", ["nda"], 365, 8),
        ("restricted", 2, "pages", ["nda"], 90, 16),
    )
)


@dataclass(frozen=True)
class Terms:
    """What has to be given before a document opens, and how it is read."""

    is_public: bool
    approvals: int
    is_view_only: bool
    agreements: frozenset[str]

    def are_as_strict_as(self, others: "Terms") -> bool:
        """Whether nobody may read more under these than under the others."""
        return (
            (others.is_public or not self.is_public)
            and self.approvals >= others.approvals
            and (self.is_view_only or not others.is_view_only)
            and self.agreements >= others.agreements
        )


class Level(Translated, Answering, models.Model):
    """What a class of documents requires: agreements, approvals, shown or downloaded, durations.

    The door reads it on every request, so a stricter level shuts out at once everyone who no longer fits.
    """

    translatable = ("name", "summary")

    class Way(models.TextChoices):
        """How a document reaches its reader."""

        FILE = "file", _("Downloaded as a marked copy")
        PAGES = "pages", _("Read here page by page, no file")

    # Content files and records name it, so it never changes.
    slug = models.SlugField(_("short name"), unique=True)
    name = LineColumn(_("name"), max_length=40)
    # One sentence for readers.
    summary = LineColumn(_("sentence"), max_length=200)
    position = models.PositiveSmallIntegerField(default=0)
    # The one level whose documents everyone may open.
    is_public = models.BooleanField(default=False, editable=False)
    approvals = models.PositiveSmallIntegerField(
        _("approvals"), default=2, validators=[MinValueValidator(1), MaxValueValidator(MOST_APPROVALS)]
    )
    way = models.CharField(_("shown or downloaded"), max_length=5, choices=Way, default=Way.PAGES)
    # The slugs of the agreements that have to cover a reader.
    agreements = models.JSONField(_("agreements"), default=list, blank=True)
    # How long an approval lasts if the approver does not choose, and at most.
    usual_days = models.PositiveSmallIntegerField(_("usual duration"), default=90, validators=[MinValueValidator(1)])
    longest_days = models.PositiveSmallIntegerField(
        _("longest duration"), default=365, validators=[MinValueValidator(1), MaxValueValidator(LONGEST_DAYS)]
    )
    # In how many business hours a request should be decided.
    target_hours = models.PositiveSmallIntegerField(
        _("response target"), default=8, validators=[MinValueValidator(1), MaxValueValidator(LONGEST_TARGET)]
    )
    # For how many days sales may invite somebody to its documents, and how many invitations each of them may have open.
    # Without these, sales may not invite to them.
    invitation_days = models.PositiveSmallIntegerField(
        _("longest invitation"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    open_invitations = models.PositiveSmallIntegerField(
        _("open invitations"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_INVITED)]
    )
    # Empty while it is as the site came with it; see `answering`.
    changed_at = models.DateTimeField(null=True, editable=False)

    moving: ClassVar[frozenset[str]] = frozenset(
        {
            *("approvals", "way", "agreements", "usual_days", "longest_days", "target_hours"),
            *("invitation_days", "open_invitations"),
        }
    )

    class Meta:
        ordering = ["position", "slug"]
        constraints = [
            models.UniqueConstraint(fields=["is_public"], condition=Q(is_public=True), name="level_one_is_public"),
            # Nobody opens a gated document without a decision: of a person, or of a rule that counts as one.
            models.CheckConstraint(
                condition=Q(is_public=True, approvals=0, way="file")
                | Q(is_public=False, approvals__gte=1, approvals__lte=MOST_APPROVALS),
                name="level_gated_needs_a_decision",
                violation_error_message=_("Choose 1, 2 or 3 approvals."),
            ),
            models.CheckConstraint(
                condition=Q(usual_days__gte=1, longest_days__gte=F("usual_days"), longest_days__lte=LONGEST_DAYS),
                name="level_usual_is_not_longer_than_longest",
                violation_error_message=_("The usual duration is longer than the longest duration."),
            ),
            models.CheckConstraint(condition=Q(way__in=["file", "pages"]), name="level_has_a_way"),
            models.CheckConstraint(
                condition=Q(invitation_days=None, open_invitations=None)
                | Q(
                    is_public=False,
                    # A comparison with nothing is neither true nor false, and a check refuses only what is false.
                    invitation_days__isnull=False,
                    open_invitations__isnull=False,
                    invitation_days__gte=1,
                    invitation_days__lte=F("longest_days"),
                    open_invitations__gte=1,
                    open_invitations__lte=MOST_INVITED,
                ),
                name="level_invitations_have_limits",
                violation_error_message=_(
                    "Set both limits of invitations, or neither. An invitation cannot be longer than the longest duration."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def named(self) -> dict[str, str]:
        """How a record names it."""
        return {"slug": self.slug, "title": self.name}

    def facts(self) -> dict[str, Any]:
        limits = {"invitation_days": self.invitation_days, "open_invitations": self.open_invitations}
        return {
            "slug": self.slug,
            "is_public": self.is_public,
            "approvals": self.approvals,
            "way": self.way,
            "agreements": sorted(self.agreements),
            "usual_days": self.usual_days,
            "longest_days": self.longest_days,
            "target_hours": self.target_hours,
            **(limits if self.takes_invitations else {}),
        }

    @classmethod
    def answering(cls) -> "models.QuerySet[Level]":
        as_shipped = [level.pk for level in cls.objects.filter(changed_at=None) if level._facts_as_shipped()]
        return cls.objects.exclude(pk__in=as_shipped)

    def _facts_as_shipped(self) -> bool:
        return self.facts() in SHIPPED

    @property
    def is_gated(self) -> bool:
        return not self.is_public

    @property
    def takes_invitations(self) -> bool:
        """Whether sales may invite people to its documents."""
        return self.is_gated and self.invitation_days is not None and self.open_invitations is not None

    @property
    def is_view_only(self) -> bool:
        """Whether its documents are shown page by page and never delivered as a file."""
        return self.way == Level.Way.PAGES

    def latest_end(self, at: datetime) -> datetime:
        """The end of the last day until which a grant of the instant `at` may last."""
        return datetime.combine(timezone.localdate(at) + timedelta(days=self.longest_days), time.max, UTC)

    @property
    def terms(self) -> Terms:
        return Terms(self.is_public, self.approvals, self.is_view_only, frozenset(self.agreements))
