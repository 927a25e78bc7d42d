from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trustcenter.audit.facts import Answering, Personal
from trustcenter.web.typed import validate_lines
from trustcenter.work.ids import new_id

LONGEST_ANSWER = 1000


class DestructionRequest(Answering, models.Model):
    """A request to one reader to destroy copies that they downloaded, and their answer."""

    class Answer(models.TextChoices):
        DESTROYED = "destroyed", _("All of them are destroyed")
        KEPT = "kept", _("Not all of them can be destroyed")

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="destruction_requests")
    # The copy codes, in the order of the downloads.
    codes = models.JSONField()
    # Why; the reader reads it.
    reason = models.TextField(validators=[validate_lines])
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.CharField(max_length=9, choices=Answer, blank=True)
    # What the reader wrote: where copies are left, and why.
    words = models.TextField(blank=True, max_length=LONGEST_ANSWER, validators=[validate_lines])
    answered_at = models.DateTimeField(null=True)

    moving: ClassVar[frozenset[str]] = frozenset({"answer", "words", "answered_at"})

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="destruction_answered_has_its_time",
            ),
            # Who keeps a copy says where and why.
            models.CheckConstraint(condition=~Q(answer="kept") | ~Q(words=""), name="destruction_kept_has_words"),
        ]

    def __str__(self) -> str:
        return ", ".join(self.codes)

    def facts(self) -> dict[str, Any]:
        return {
            "holder": self.holder_id,
            "codes": list(self.codes),
            "reason": Personal(self.reason),
            "asked_by": self.asked_by_id,
            "asked_at": self.asked_at,
            "answer": self.answer,
            "words": Personal(self.words),
            "answered_at": self.answered_at,
        }

    @property
    def tone(self) -> str:
        match self.answer:
            case DestructionRequest.Answer.DESTROYED:
                return "good"
            case DestructionRequest.Answer.KEPT:
                return "bad"
            case _:
                return "wait"

    @property
    def status(self) -> str:
        """How it stands, for staff."""
        return str(self.get_answer_display() if self.answer else _("No answer yet"))
