"""Django's cache in our own table, for what allauth keeps there: its own rate limits and used codes of apps.

Django's database cache deletes living entries when it holds too many. Strangers could fill it, and with that remove the
limits of sign-in and make a used code of an authenticator app valid again. Here an entry stays until its time is over.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection
from django.utils import timezone

from trustcenter.web.models import CacheEntry

# An entry whose time is over counts as missing. One statement, so one of two requests adds an entry.
ADD = """
INSERT INTO web_cacheentry AS entry (key, value, ends_at) VALUES (%(key)s, %(value)s, %(ends_at)s)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at
WHERE entry.ends_at <= %(now)s
"""


class TableCache(BaseCache):
    """Keeps values that JSON can hold, for a time that has an end; `incr` is not atomic (use `throttle.allow`)."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        rows = CacheEntry.objects.filter(pk=self._key(key, version), ends_at__gt=timezone.now())
        value = rows.values_list("value", flat=True).first()
        return default if value is None else json.loads(value)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        row = CacheEntry(key=self._key(key, version), value=json.dumps(value), ends_at=self._end(timeout))
        CacheEntry.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["key"], update_fields=["value", "ends_at"]
        )

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        adapt = connection.ops.adapt_datetimefield_value
        with connection.cursor() as cursor:
            cursor.execute(
                ADD,
                {
                    "key": self._key(key, version),
                    "value": json.dumps(value),
                    "ends_at": adapt(self._end(timeout)),
                    "now": adapt(timezone.now()),
                },
            )
            return bool(cursor.rowcount == 1)

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(CacheEntry.objects.filter(pk=self._key(key, version)).delete()[0])

    def clear(self) -> None:
        CacheEntry.objects.all().delete()

    def _key(self, key: str, version: int | None) -> str:
        return str(self.make_and_validate_key(key, version=version))

    def _end(self, timeout: Any) -> datetime:
        """Raises ValueError for an entry without an end, which would stay for ever."""
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        if seconds is None:
            raise ValueError("this cache keeps nothing without an end")
        return timezone.now() + timedelta(seconds=seconds)
