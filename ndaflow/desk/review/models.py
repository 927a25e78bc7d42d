from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import ExpressionWrapper, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from documents.models import AccessGrant
from trustcenter.audit.facts import Answering
from trustcenter.work.ids import new_id


class Review(Answering, models.Model):
    """One access review: for everything that was open when it began, a person says whether it is still needed."""

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    finished_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None, finished_by=None)
                | Q(finished_at__isnull=False, finished_by__isnull=False),
                name="review_finished_by_a_person",
            ),
            # With two at once, a document would be asked about twice.
            models.UniqueConstraint(
                ExpressionWrapper(Q(finished_at=None), output_field=models.BooleanField()),
                condition=Q(finished_at=None),
                name="review_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d}"

    def facts(self) -> dict[str, Any]:
        return {
            "started_by": self.started_by_id,
            "started_at": self.started_at,
            "finished_by": self.finished_by_id,
            "finished_at": self.finished_at,
        }


class ReviewedGrant(Answering, models.Model):
    """One open document of a review, and what a reviewer said about it."""

    class Answer(models.TextChoices):
        NEEDED = "needed", _("Still needed")
        REVOKED = "revoked", _("Revoked")

        @property
        def tone(self) -> str:
            return "good" if self is ReviewedGrant.Answer.NEEDED else "none"

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="rows")
    grant = models.ForeignKey(AccessGrant, on_delete=models.PROTECT, related_name="reviews")
    answer = models.CharField(max_length=7, choices=Answer, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    # What was still needed may be revoked later in the same review.
    moving: ClassVar[frozenset[str]] = frozenset({"answer", "answered_by", "answered_at"})

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["review", "answer"], name="reviewed_grant_left")]
        constraints = [
            models.UniqueConstraint(fields=["review", "grant"], name="reviewed_grant_once"),
            models.CheckConstraint(
                condition=Q(answer="", answered_by=None, answered_at=None)
                | (Q(answer__in=["needed", "revoked"], answered_by__isnull=False, answered_at__isnull=False)),
                name="reviewed_grant_answered_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.answer or 'open'} {self.grant_id}"

    def facts(self) -> dict[str, Any]:
        return {
            "review": self.review_id,
            "grant": self.grant_id,
            "answer": self.answer,
            "answered_by": self.answered_by_id,
            "answered_at": self.answered_at,
        }

    @classmethod
    def answering(cls) -> "models.QuerySet[ReviewedGrant]":
        return cls.objects.exclude(answer="")

    @property
    def tone(self) -> str:
        return ReviewedGrant.Answer(self.answer).tone if self.answer else "wait"
