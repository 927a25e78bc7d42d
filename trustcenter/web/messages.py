"""Messages that wait in the session for the next page."""

from collections.abc import Sequence
from typing import Any

from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpResponseBase

# Somebody who never opens the next page could otherwise let one session grow without end.
AT_MOST = 10


class FewMessages(SessionStorage):
    """Keeps the newest messages only."""

    def _store(
        self, messages: Sequence[Message], response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> list[Message]:
        super()._store(list(messages)[-AT_MOST:], response, *args, **kwargs)  # type: ignore[misc]  # not public in Django
        return []
