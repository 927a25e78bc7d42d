from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trustcenter.audit.facts import Answering, Personal
from trustcenter.web.fields import LineColumn
from trustcenter.web.typed import validate_lines
from trustcenter.work.ids import new_id

LONGEST_TEXT = 2000


class Objection(Answering, models.Model):
    """What a customer says against a subprocessor that we announced, from a mailbox that they proved."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for an answer")
        ANSWERED = "answered", _("Answered")
        # The person's data were erased before anybody answered.
        WITHDRAWN = "withdrawn", _("Withdrawn")

        @property
        def tone(self) -> str:
            match self:
                case Objection.State.OPEN:
                    return "wait"
                case Objection.State.ANSWERED:
                    return "good"
                case _:
                    return "none"

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="objections")
    company_name = LineColumn(_("company"), max_length=200, blank=True)
    # The subprocessor as it was announced: its row may change or go.
    subprocessor = models.SlugField(_("subprocessor"))
    subprocessor_name = LineColumn(max_length=200)
    effective = models.DateField(_("starts"))
    text = models.TextField(_("objection"), max_length=LONGEST_TEXT, blank=True, validators=[validate_lines])
    raised_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(_("answer"), blank=True, validators=[validate_lines])
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    moving: ClassVar[frozenset[str]] = frozenset({"state", "text", "answer"})

    class Meta:
        ordering = ["-raised_at"]
        indexes = [models.Index(fields=["state", "raised_at"], name="objection_by_state")]
        permissions = [("answer_objection", "Can answer objections to subprocessors")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "subprocessor"], condition=Q(state="open"), name="objection_one_is_open"
            ),
            models.CheckConstraint(
                condition=Q(state="answered", answered_at__isnull=False)
                | Q(state__in=["open", "withdrawn"], answered_at=None, answered_by=None, answer=""),
                name="objection_answered_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return self.subprocessor_name

    def facts(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "person": self.person_id,
            "subprocessor": self.subprocessor,
            "effective": self.effective.isoformat(),
            "text": Personal(self.text),
            "raised_at": self.raised_at,
            "answer": Personal(self.answer),
            "answered_by": self.answered_by_id,
            "answered_at": self.answered_at,
        }

    @property
    def tone(self) -> str:
        return Objection.State(self.state).tone
