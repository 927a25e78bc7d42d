from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from trustcenter.audit.facts import Answering, Personal
from trustcenter.audit.text import canonical
from trustcenter.web.typed import quoted, validate_lines


class Because(models.TextChoices):
    """What a requester may read about why a rule approved. Lists and risks have none: they are for colleagues only."""

    CUSTOMER = "customer", _("your company is a confirmed customer")
    CONFIRMED = "confirmed", _("your company is confirmed")
    COVERED = "covered", _("the agreements are in force for you")
    INVITED = "invited", _("a colleague of ours invited you")


class Decision(Answering, models.Model):
    """The decision of one person, or of one rule, on one requested document. Rows are added and never changed."""

    class Verdict(models.TextChoices):
        APPROVE = "approve", _("Approve")
        DENY = "deny", _("Deny")

    item = models.ForeignKey("ndaflow.RequestedDocument", on_delete=models.PROTECT, related_name="decisions")
    # 1 for the first decision. The number keeps two people from both being first.
    position = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=7, choices=Verdict)
    until = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, validators=[validate_lines])
    # Why it was approved despite a warning; for colleagues and the log, never for the requester.
    despite = models.TextField(blank=True, validators=[validate_lines])
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="decisions"
    )
    # Whether the person decided with the permission of legal.
    for_legal = models.BooleanField(default=False)
    # The rule that decided instead of a person: its version, its number there, and the facts that it read.
    rule_version = models.ForeignKey(
        "ndaflow.RuleVersion", null=True, on_delete=models.PROTECT, related_name="decisions"
    )
    rule = models.PositiveSmallIntegerField(null=True)
    rule_facts = models.JSONField(default=dict)
    # What the requester may read about why a rule approved it: values of `Because`.
    because = models.JSONField(default=list)
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["item", "position"]
        # With what the analytics count, so that they need no row of the table itself.
        indexes = [models.Index(fields=["decided_at", "verdict", "rule_version"], name="decision_decided_at")]
        constraints = [
            models.UniqueConstraint(fields=["item", "position"], name="decision_position_once"),
            models.UniqueConstraint(fields=["item", "decided_by"], name="decision_two_people_are_two"),
            models.UniqueConstraint(fields=["item"], condition=Q(decided_by=None), name="decision_rules_decide_once"),
            models.CheckConstraint(condition=Q(position__gte=1), name="decision_positions_begin_with_one"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=False, rule_version=None, rule=None)
                | Q(decided_by=None, for_legal=False, rule_version__isnull=False, rule__isnull=False, despite=""),
                name="decision_has_exactly_one_decider",
            ),
            models.CheckConstraint(
                condition=Q(verdict="approve", until__isnull=False) | (Q(verdict="deny") & ~Q(reason="")),
                name="decision_has_an_end_or_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(verdict="approve") | Q(despite=""), name="decision_despite_is_for_approvals"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.item_id}"

    @property
    def is_automatic(self) -> bool:
        """Whether a rule made it, and not a person."""
        return self.decided_by_id is None

    @property
    def why_automatic(self) -> str:
        """What the requester reads about an approval by a rule: facts that they know, never lists or risks."""
        reasons = [str(Because(code).label) for code in self.because if code in Because.values]
        return get_text_list(reasons, gettext("and"))

    @property
    def decider(self) -> str:
        """Who decided, for staff."""
        if self.rule_version is None or self.rule is None:
            return str(self.decided_by)
        return named_rule(self.rule, self.rule_version.name_of(self.rule), self.rule_version.number)

    def facts(self) -> dict[str, Any]:
        return {
            "item": self.item_id,
            "position": self.position,
            "verdict": self.verdict,
            "until": self.until,
            "reason": Personal(self.reason),
            "despite": Personal(self.despite),
            "decided_by": self.decided_by_id,
            "for_legal": self.for_legal,
            "rule_version": self.rule_version_id,
            "rule": self.rule,
            "rule_facts": Personal(canonical(self.rule_facts)),
            "decided_at": self.decided_at,
        }


def named_rule(number: int, name: str, version: int) -> str:
    """How staff read which rule of which version acted."""
    words = {"number": number, "name": quoted(name), "version": version}
    return gettext("rule %(number)s, %(name)s, of version %(version)s") % words
