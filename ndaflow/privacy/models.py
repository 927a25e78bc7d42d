from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trustcenter.audit.facts import Answering
from trustcenter.vault.models import StoredFile
from trustcenter.web.typed import validate_lines
from trustcenter.work.ids import new_id


class Export(models.Model):
    """Everything that we hold about one person, as a ZIP that only they can download. The clock deletes row and file."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for its turn")
        MAKING = "making", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Could not be made")

        @property
        def tone(self) -> str:
            match self:
                case Export.State.READY:
                    return "good"
                case Export.State.FAILED:
                    return "bad"
                case _:
                    return "wait"

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exports")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    # How many parts are written, and how many there are.
    done = models.PositiveIntegerField(default=0)
    parts = models.PositiveIntegerField(default=0)
    file = models.OneToOneField(StoredFile, null=True, on_delete=models.PROTECT, related_name="export")
    asked_at = models.DateTimeField(default=timezone.now)
    made_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="ready", file__isnull=False, made_at__isnull=False)
                | (~Q(state="ready") & Q(file=None, made_at=None)),
                name="export_ready_has_its_file",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(state__in=["waiting", "making"]), name="export_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.asked_at:%Y-%m-%d}"

    @property
    def tone(self) -> str:
        return Export.State(self.state).tone

    @property
    def is_being_made(self) -> bool:
        return self.state in {Export.State.WAITING, Export.State.MAKING}


class Erasure(Answering, models.Model):
    """A person's request to erase their data (GDPR, Article 17), and what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for us")
        TAKEN_BACK = "taken_back", _("Withdrawn")
        DECLINED = "declined", _("Declined")
        DONE = "done", _("Erased")

        @property
        def tone(self) -> str:
            match self:
                case Erasure.State.WAITING:
                    return "wait"
                case Erasure.State.DONE:
                    return "good"
                case _:
                    return "none"

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="erasures")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    asked_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    # Why it was declined, which the person reads.
    reason = models.TextField(blank=True, validators=[validate_lines])

    moving: ClassVar[frozenset[str]] = frozenset({"state"})

    class Meta:
        ordering = ["asked_at"]
        permissions = [("erase_person", "Can erase what is held about a person")]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(state="waiting"), name="erasure_one_waits"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at=None, decided_by=None)
                | Q(state="taken_back", decided_at__isnull=False, decided_by=None)
                | Q(state__in=["declined", "done"], decided_at__isnull=False, decided_by__isnull=False),
                name="erasure_is_decided_by_a_person",
            ),
            models.CheckConstraint(condition=~Q(state="declined") | ~Q(reason=""), name="erasure_no_silent_refusal"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.asked_at:%Y-%m-%d}"

    def facts(self) -> dict[str, Any]:
        return {
            "person": self.person_id,
            "state": self.state,
            "asked_at": self.asked_at,
            "decided_by": self.decided_by_id,
            "decided_at": self.decided_at,
        }

    @property
    def tone(self) -> str:
        return Erasure.State(self.state).tone
