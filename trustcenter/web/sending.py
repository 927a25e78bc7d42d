"""How many files are sent at once. A slow reader holds a thread, so some threads are kept for pages."""

import threading
import weakref
from collections.abc import Callable

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

# After this time a place is probably free.
RETRY_SECONDS = 30


class Full(Exception):
    """No more files can be sent now; the text is a sentence for the person who asked for one."""


class Places:
    """The files that this process is sending: at most `most`, and at most `each` of them to one reader."""

    def __init__(self, most: int, each: int) -> None:
        self._most, self._each = most, each
        self._taking = threading.Lock()
        self._taken: dict[object, str] = {}

    def send(self, reader: str, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
        """Calls `make` and returns its response, which keeps a place until it is closed, even if it was never sent.

        Raises Full without calling `make`, and what `make` raises.
        """
        place = self._take(reader)
        try:
            response = make()
        except BaseException:
            self._taken.pop(place)
            raise
        # Nobody closes it if a middleware fails and puts another response in its place.
        give_back = weakref.finalize(response, self._taken.pop, place, None)
        response._resource_closers.append(give_back)  # type: ignore[attr-defined]  # not public in Django
        return response

    def _take(self, reader: str) -> object:
        place = object()
        with self._taking:
            taken = list(self._taken.values())
            if len(taken) >= self._most or taken.count(reader) >= self._each:
                raise Full(_("Too many downloads are running. Please try again in half a minute."))
            self._taken[place] = reader
        return place


places = Places(settings.FILES_AT_ONCE, settings.FILES_AT_ONCE_EACH)
