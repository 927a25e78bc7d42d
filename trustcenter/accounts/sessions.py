"""Sessions in the database."""

from typing import Any

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Looks for no key that it could not have made.

    A quoted cookie can hold any byte, and PostgreSQL raises an error for some: every page would answer 500 and fill the
    error log for a stranger.
    """

    def _validate_session_key(self, key: Any) -> bool:
        possible: bool = super()._validate_session_key(key)  # type: ignore[misc]  # not public in Django
        return possible and key.isascii() and key.isalnum()
