from django.db import models
from django.utils import timezone

from trustcenter.ids import new_id


class StoredFile(models.Model):
    """One object behind the vault, under a random name; the row says how long it is and what it hashes to."""

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        app_label = "documents"

    def __str__(self) -> str:
        return self.id
