"""How the log writes things: one spelling for everything that is hashed, and the names of rows."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from django.db import models


def canonical(data: dict[str, Any]) -> str:
    """One spelling of a JSON object: sorted keys, no spaces, UTF-8 as it is; lazy texts and dates as strings."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def utc_text(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def digest(data: bytes | str) -> str:
    """SHA-256 in lower-case hex; of a text, that of its UTF-8 bytes."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def subject_of(subject: models.Model) -> str:
    """How the log names a row: `accessrequest:7f3k…`."""
    return f"{subject._meta.model_name}:{subject.pk}"
