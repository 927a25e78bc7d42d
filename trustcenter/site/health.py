"""GET /readyz: whether this node can serve pages, and which of the parts that it needs do not work."""

import logging
import threading
import time
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from trustcenter.audit import receipts
from trustcenter.site.checks import on_loopback
from trustcenter.vault import confinement
from trustcenter.vault.objects import objects
from trustcenter.web.client import client_address
from trustcenter.work import clock, queue
from trustcenter.work.models import Routine

logger = logging.getLogger(__name__)

Parts = dict[str, str | int]

OK, DEGRADED, UNAVAILABLE = "ok", "degraded", "unavailable"
FAILING, SILENT, LATE = "failing", "silent", "late"
# Scheduled work may keep the clock busy for four minutes.
WORKER_SILENCE = timedelta(seconds=300)
# Within this many seconds everybody gets the same reading: strangers must not make the storage write.
FRESH = 5.0
# While somebody reads, others get the former reading up to this age, and wait for the new one after it.
STALE, WAIT = 30.0, 10.0


class Readings:
    """What was read last of the parts that the site needs. At most one thread of a process reads at a time."""

    def __init__(self) -> None:
        self._reading = threading.Lock()
        self._parts: Parts = {"database": FAILING}
        self._read_at = float("-inf")

    def parts(self) -> Parts:
        """A reading of the last seconds. Without one, the database counts as failing."""
        if self._age() < FRESH:
            return self._parts
        if self._reading.acquire(timeout=0 if self._age() < STALE else WAIT):
            try:
                if self._age() >= FRESH:
                    self._parts, self._read_at = _read(), time.monotonic()
            finally:
                self._reading.release()
        return self._parts if self._age() < STALE else {"database": FAILING}

    def _age(self) -> float:
        return time.monotonic() - self._read_at


readings = Readings()


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answers 200 while this node can serve pages, and 503 while its database does not answer.

    `status` says more: `degraded` if anything else does not work. Which part, how many tasks have failed and what the
    system lacks is for staff and for this machine: it would tell a stranger where an attack hurts.
    """
    parts = readings.parts()
    status = UNAVAILABLE if parts["database"] != OK else OK if set(parts.values()) <= {OK, 0} else DEGRADED
    said = {"status": status} | (parts if _may_see_parts(request) else {})
    return JsonResponse(
        said, status=503 if status == UNAVAILABLE else 200, headers={"Cache-Control": "private, no-store"}
    )


def _may_see_parts(request: HttpRequest) -> bool:
    # A proxy that nobody has declared makes everybody look as if they were on this machine.
    if on_loopback(client_address(request)) and "X-Forwarded-For" not in request.headers:
        return True
    return settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_staff


def _read() -> Parts:
    parts: Parts = {"storage": _storage(), "sandbox": confinement.missing() or OK}
    try:
        # Asks for one of our tables, so that a database without its migrations fails.
        Routine.objects.exists()
        return parts | {
            "database": OK,
            "worker": _worker(),
            "log": LATE if receipts.is_late(receipts.covered()) else OK,
            "tasks_failed": queue.given_up(),
        }
    except Exception:
        # Here and below: the reason may name hosts and folders, so it goes to the log and not into the answer.
        logger.exception("The database does not answer")
        return parts | {"database": FAILING}


def _storage() -> str:
    try:
        objects().probe()
    except Exception:
        logger.exception("The storage does not answer")
        return FAILING
    return OK


def _worker() -> str:
    ran = clock.last_run()
    return OK if ran is not None and ran > timezone.now() - WORKER_SILENCE else SILENT
