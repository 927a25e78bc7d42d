"""What a merge of two companies moved, so that a person can undo it."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from trustcenter.accounts.models import Company
from trustcenter.audit.facts import Answering
from trustcenter.audit.text import canonical, digest
from trustcenter.work.ids import new_id

# Later, too much has been built on the merge.
UNDO_WITHIN = timedelta(days=30)


class CompanyMerge(Answering, models.Model):
    """One merge, with the list of what it moved: ids only, and mail domains."""

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    source = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="merges")
    into = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="merges_into")
    # Under "people", "domains", "notes", "papers" and "coverage"; "apart" has [one, other, said by, said at] of each
    # pair that it deleted.
    moved = models.JSONField()
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    merged_at = models.DateTimeField()
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)

    moving: ClassVar[frozenset[str]] = frozenset({"undone_by", "undone_at"})

    class Meta:
        ordering = ["-merged_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_by=None, undone_at=None) | Q(undone_by__isnull=False, undone_at__isnull=False),
                name="company_merge_undone_by_a_person",
            ),
            # A company that is merged is merged once, until that is undone.
            models.UniqueConstraint(
                fields=["source"], condition=Q(undone_at=None), name="company_merge_one_of_a_company"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} into {self.into}"

    def facts(self) -> dict[str, Any]:
        return {
            "source": self.source_id,
            "into": self.into_id,
            "moved": digest(canonical(self.moved)),
            "merged_by": self.merged_by_id,
            "merged_at": self.merged_at,
            "undone_by": self.undone_by_id,
            "undone_at": self.undone_at,
        }

    @property
    def until(self) -> datetime:
        """Until when it can be undone."""
        return self.merged_at + UNDO_WITHIN
