from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from ndaflow.requests.models.decisions import named_rule
from ndaflow.requests.models.requests import LONGEST_TEXT, AccessRequest
from trustcenter.web.typed import validate_lines


class Question(models.Model):
    """A question of an approver or of a rule. The request waits for the answer."""

    request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="questions")
    text = models.TextField(max_length=LONGEST_TEXT, validators=[validate_lines])
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    rule_version = models.ForeignKey("ndaflow.RuleVersion", null=True, on_delete=models.PROTECT, related_name="+")
    rule = models.PositiveSmallIntegerField(null=True)
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(max_length=LONGEST_TEXT, blank=True, validators=[validate_lines])
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(fields=["request"], condition=Q(answered_at=None), name="question_one_open"),
            models.CheckConstraint(
                condition=Q(asked_by__isnull=False, rule_version=None, rule=None)
                | Q(asked_by=None, rule_version__isnull=False, rule__isnull=False),
                name="question_has_exactly_one_asker",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def asker(self) -> str:
        """Who asked, for staff."""
        if self.rule_version is None or self.rule is None:
            return str(self.asked_by)
        return named_rule(self.rule, self.rule_version.name_of(self.rule), self.rule_version.number)
