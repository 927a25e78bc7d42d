from django.db import models
from django.utils import timezone

from trustcenter.work.ids import new_id


class StoredFile(models.Model):
    """One encrypted object behind the vault, under a random name.

    The row holds the only copy of the key that opens it, wrapped by the key of `key_name`: without the row the object
    is noise. Size and SHA-256 are those of the plain bytes.
    """

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    # The name of a key in hardware holds a path, which may be longer than an index takes.
    key_name = models.TextField()
    wrapped_key = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.id
