from django.conf import settings
from django.db import models

from documents.models.documents import DocumentVersion


class VersionDate(models.Model):
    """The day on which the clock publishes a version, with the dates that readers are told then."""

    version = models.OneToOneField(
        DocumentVersion, primary_key=True, on_delete=models.CASCADE, related_name="goes_live"
    )
    at = models.DateTimeField(db_index=True)
    # As in `intake.publishing.Dates`.
    as_of = models.DateField()
    period_start = models.DateField(null=True)
    period_end = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    tell_readers = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.version} {self.at}"
