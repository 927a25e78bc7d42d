from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from trustcenter.audit.facts import Answering, Personal
from trustcenter.audit.text import canonical, digest
from trustcenter.web.typed import validate_lines


class RuleVersion(Answering, models.Model):
    """An immutable, numbered set of rules. The newest is in force."""

    number = models.PositiveIntegerField(unique=True)
    # As `policy.as_data` writes them.
    rules = models.JSONField()
    why = models.TextField(max_length=2000, validators=[validate_lines])
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        permissions = [("publish_ruleversion", "Can write and publish rules")]

    def __str__(self) -> str:
        return _("Rules, version %(number)s") % {"number": self.number}

    def facts(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "rules": digest(canonical({"rules": self.rules})),
            "why": Personal(self.why),
            "published_by": self.published_by_id,
            "published_at": self.published_at,
        }

    @classmethod
    def in_force(cls) -> "RuleVersion | None":
        return cls.objects.first()
