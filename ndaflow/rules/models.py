from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from trustcenter.audit.facts import Answering, Personal
from trustcenter.audit.text import canonical, digest
from trustcenter.web.typed import validate_lines
from trustcenter.work.ids import new_id

# Writes rules, publishes them, and switches them on and off.
WRITE = "ndaflow.publish_ruleversion"


# The rules of a new site, version 0, which a migration adds. They decide nothing before an administrator switches rules on
# and lets sales invite to a level.
SHIPPED: list[dict[str, Any]] = [
    {
        "key": "invited-by-sales",
        # Stored as it is: an administrator may change it in the next version.
        "name": gettext_noop("Invited by sales"),
        "when": [{"fact": "invited", "op": "is"}],
        "then": {"approve_days": 365},
    }
]


class RuleVersion(Answering, models.Model):
    """An immutable, numbered set of rules. The newest is in force."""

    number = models.PositiveIntegerField(unique=True)
    # As `policy.as_data` writes them.
    rules = models.JSONField()
    why = models.TextField(max_length=2000, validators=[validate_lines])
    # None for version 0, with which the site came.
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        permissions = [("publish_ruleversion", "Can write and publish rules")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(number=0, published_by=None) | models.Q(number__gte=1, published_by__isnull=False),
                name="rule_version_has_a_publisher",
            )
        ]

    def __str__(self) -> str:
        return gettext("Rules, version %(number)s") % {"number": self.number}

    def facts(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "rules": digest(canonical({"rules": self.rules})),
            "why": Personal(self.why),
            "published_by": self.published_by_id,
            "published_at": self.published_at,
        }

    @classmethod
    def answering(cls) -> "models.QuerySet[RuleVersion]":
        # No record says what the site came with, and none is needed while it is as it came.
        return cls.objects.exclude(pk__in=[one.pk for one in cls.objects.filter(number=0) if one.rules == SHIPPED])

    @property
    def is_shipped(self) -> bool:
        """Whether the site came with it, and nobody published it."""
        return self.number == 0

    def name_of(self, number: int) -> str:
        """The name of its rule of that number, counted from 1."""
        return str(self.rules[number - 1]["name"]) if 1 <= number <= len(self.rules) else ""

    @classmethod
    def in_force(cls) -> "RuleVersion | None":
        return cls.objects.first()


class RuleControl(models.Model):
    """The one switch of all rules, and how many requests a day they may decide. Without the row, no rule decides."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    is_on = models.BooleanField(default=False)
    daily_limit = models.PositiveSmallIntegerField(_("daily limit"), default=20)
    # Why they were switched off.
    reason = models.TextField(max_length=2000, blank=True, validators=[validate_lines])
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    # Until when the morning mail has told what rules did.
    told_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="rule_control_is_one_row")]

    def __str__(self) -> str:
        return gettext("Rules are on") if self.is_on else gettext("Rules are off")

    @classmethod
    def now(cls) -> "RuleControl":
        """The switch as it is; off if nobody has ever switched rules on."""
        return cls.objects.select_related("changed_by").filter(pk=1).first() or cls()

    @classmethod
    def locked(cls) -> "RuleControl":
        """The switch, locked until commit: nobody changes it, and no other rule decides, meanwhile."""
        return cls.objects.select_for_update(of=("self",), no_key=True).get_or_create(pk=1)[0]


class RuleDraft(models.Model):
    """The rules that are being written. Anything may be in them, so that nothing typed is lost."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    rules = models.JSONField(default=list)
    # Counts the changes, so that a page that is older than the draft does not undo another person's work.
    step = models.PositiveIntegerField(default=0)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="rule_draft_is_one_row")]

    def __str__(self) -> str:
        return gettext("Draft of the rules")


class DryRun(models.Model):
    """What a list of rules would have decided about the requests of the last days, beside what people decided."""

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    rules = models.JSONField()
    # Of the rules, so that a page knows whether they are still those of the draft.
    digest = models.CharField(max_length=64)
    days = models.PositiveSmallIntegerField(default=90)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    # Requests: how many there are, and how many were tried.
    total = models.PositiveIntegerField(null=True)
    done = models.PositiveIntegerField(default=0)
    # How often each `Comparison` came out, and how often each rule fitted, counted in documents.
    counts = models.JSONField(default=dict)
    fitted = models.JSONField(default=dict)

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return f"dry run {self.pk}"

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


class Comparison(models.TextChoices):
    """What rules would have decided about a document, beside what people did. The first has to be read first."""

    APPROVED_DENIED = "approved_denied", _("approved what people denied")
    DENIED_APPROVED = "denied_approved", _("denied what people approved")
    LONGER = "longer", _("approved for longer than people chose")
    STRICTER = "stricter", _("asked for more than people needed")
    SAME = "same", _("decided as people did")
    PERSON = "person", _("left to a person")

    @property
    def is_finding(self) -> bool:
        """Whether each document is listed, and not only counted."""
        return self not in {Comparison.SAME, Comparison.PERSON}


class Finding(models.Model):
    """One document about which a dry run and people differ."""

    run = models.ForeignKey(DryRun, on_delete=models.CASCADE, related_name="findings")
    item = models.ForeignKey("ndaflow.RequestedDocument", on_delete=models.CASCADE, related_name="+")
    comparison = models.CharField(max_length=16, choices=Comparison)
    rule = models.PositiveSmallIntegerField()
    # For how many days the rule and the people approved it.
    days = models.PositiveSmallIntegerField(null=True)
    days_by_people = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["run", "comparison", "id"], name="finding_by_comparison")]

    def __str__(self) -> str:
        return f"{self.comparison} {self.item_id}"
