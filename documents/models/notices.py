from django.db import models

from documents.models.documents import DocumentVersion


class VersionNotice(models.Model):
    """That the readers of a document are told about a version: since when, and how far the mails are."""

    version = models.ForeignKey(DocumentVersion, on_delete=models.PROTECT, related_name="notices")
    at = models.DateTimeField()
    # The last grant, in the order of their keys, whose holder was told or may not read any more.
    reached = models.CharField(max_length=16, blank=True)
    told = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.version_id} at {self.at:%Y-%m-%d}"
