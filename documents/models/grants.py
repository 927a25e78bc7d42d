from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from documents.models.documents import Document
from trustcenter.audit.facts import Answering
from trustcenter.work.ids import new_id


class GrantQuerySet(models.QuerySet["AccessGrant"]):
    def lock(self) -> None:
        """Locks these grants until commit, always in the same order, so that two transactions cannot deadlock."""
        list(self.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk"))

    def open_at(self, instant: datetime) -> "GrantQuerySet":
        """The grants that are in force at `instant`. Whether they open their document, `access` decides."""
        return self.filter(ended_at=None, starts_at__lte=instant, ends_at__gt=instant)


class AccessGrant(Answering, models.Model):
    """The right of one person to read one document, from one instant until another."""

    class End(models.TextChoices):
        REVOKED = "revoked", _("Revoked")
        REPLACED = "replaced", _("Replaced by a newer grant")
        EXPIRED = "expired", _("Expired")

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grants")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="grants")
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    # How many approved it: people, and at most one rule. If the document becomes restricted, a grant with one approval no longer opens it.
    approvals = models.PositiveSmallIntegerField(default=0)
    # A rule may allow a reader only to read it here, although the document can be downloaded.
    show_only = models.BooleanField(default=False)
    # The grant whose end it moves to a later day.
    extends = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="extended_by")
    # How many days before its end the holder was last told, 0 for never.
    warned = models.PositiveSmallIntegerField(default=0, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=10, choices=End, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="grant_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(ended_at=None, end="") | (Q(ended_at__isnull=False) & ~Q(end="")),
                name="grant_end_has_a_reason",
            ),
            # With two live grants, revoking one would leave the document open.
            models.UniqueConstraint(
                fields=["holder", "document"], condition=Q(ended_at=None), name="grant_one_live_per_document"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} for {self.holder} until {self.ends_at:%Y-%m-%d}"

    def facts(self) -> dict[str, Any]:
        return {
            "holder": self.holder_id,
            "document": self.document_id,
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "approvals": self.approvals,
            "extends": self.extends_id,
            "show_only": self.show_only,
            "ended_at": self.ended_at,
            "end": self.end,
        }

    @property
    def is_view_only(self) -> bool:
        """Whether its holder may only read the document here, page by page."""
        return self.show_only or self.document.is_view_only

    def is_open_at(self, instant: datetime) -> bool:
        """The rule of `open_at` for one grant."""
        return self.ended_at is None and self.starts_at <= instant < self.ends_at
