"""GET /healthz: whether this node and the parts that it needs work."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from trustcenter.audit import receipts
from trustcenter.vault import confinement
from trustcenter.vault.objects import objects
from trustcenter.work import clock, queue
from trustcenter.work.models import Routine

logger = logging.getLogger(__name__)

OK, FAILING, SILENT, LATE = "ok", "failing", "silent", "late"
# Scheduled work may keep the clock busy for four minutes.
WORKER_SILENCE = timedelta(seconds=300)


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answers 200 if web, database and storage work, and 503 with the failing part otherwise.

    `worker`, `log`, `tasks_failed` and `sandbox` are for monitoring: a node whose worker is silent still serves its
    pages. `sandbox` says in a sentence what this system cannot do for it.
    """
    parts: dict[str, str | int] = {
        "web": OK,
        "database": _part("database", _database),
        "storage": _part("storage", lambda: objects().probe()),
    }
    healthy = set(parts.values()) == {OK}
    if parts["database"] == OK:
        parts["worker"] = _worker()
        parts["log"] = LATE if receipts.is_late(receipts.covered()) else OK
        parts["tasks_failed"] = queue.given_up()
    parts["sandbox"] = confinement.missing() or OK
    return JsonResponse(parts, status=200 if healthy else 503, headers={"Cache-Control": "no-store"})


def _part(name: str, answers: Callable[[], object]) -> str:
    try:
        answers()
    except Exception:
        # The reason may name hosts and folders, so it goes to the log and not into the answer.
        logger.exception("%s does not answer", name)
        return FAILING
    return OK


def _database() -> None:
    # Asks for one of our tables, so that a database without its migrations fails.
    Routine.objects.exists()


def _worker() -> str:
    ran = clock.last_run()
    return OK if ran is not None and ran > timezone.now() - WORKER_SILENCE else SILENT
