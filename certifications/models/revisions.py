import hashlib
import json
import zlib
from typing import Any

from django.conf import settings
from django.db import models

from trustcenter.audit.facts import Answering


class PostureRevision(Answering, models.Model):
    """The public facts as they were from one instant on: the exact bytes of /posture.json, whose SHA-256 the log holds.

    Numbers have no gap, so a revision that is missing shows. No row is ever changed or removed.
    """

    number = models.PositiveBigIntegerField(primary_key=True, editable=False)
    at = models.DateTimeField(db_index=True)
    # None if nobody changed anything: a certificate ended by its date.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    sha256 = models.CharField(max_length=64)
    # Of the text, which repeats itself a lot.
    deflated = models.BinaryField()
    # What differs from the revision before, as `history.differences` tells it.
    differences = models.JSONField(default=list)

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return str(self.number)

    def facts(self) -> dict[str, Any]:
        return {"at": self.at, "sha256": hashlib.sha256(self.body).hexdigest()}

    @property
    def body(self) -> bytes:
        """The bytes of /posture.json."""
        return zlib.decompress(self.deflated)

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found
