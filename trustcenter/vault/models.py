from django.db import models
from django.utils import timezone

from trustcenter.work.ids import new_id


class StoredFile(models.Model):
    """One encrypted object of the vault, under a random name.

    The row holds the only copy of the object's key, wrapped by the key `key_name`: without the row nobody can read the
    object. Size and SHA-256 are those of the plain bytes.
    """

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    # The name of a PKCS#11 key holds a path, which may be longer than an index allows.
    key_name = models.TextField()
    wrapped_key = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.id
