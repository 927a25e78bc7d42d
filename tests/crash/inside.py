"""Runs one function of `promises` or of this module with Django on a site. Called by `CrashSite.ask`."""

import json
import sys
import time
from datetime import timedelta
from importlib import import_module
from typing import Any


def drain(seconds: float) -> dict[str, Any]:
    """Makes waiting tasks due, waits until the site's worker has finished them, and returns what is left."""
    from django.db.models import Q
    from django.tasks import TaskResultStatus
    from django.utils import timezone
    from django_tasks_db.models import DBTaskResult

    from trustcenter.work import tasks
    from trustcenter.work.models import Routine

    waiting = DBTaskResult.objects.filter(~Q(status=TaskResultStatus.SUCCESSFUL))
    started = time.monotonic()
    while time.monotonic() - started < seconds and waiting.count() > tasks.given_up():
        # Retries and routines become due at once instead of in half a minute; leases still end by the real clock.
        now = timezone.now()
        DBTaskResult.objects.filter(status=TaskResultStatus.READY, run_after__gt=now, run_after__year__lt=9000).update(
            run_after=now
        )
        Routine.objects.filter(name__startswith="trustcenter.work.tasks.").update(due_at=now - timedelta(seconds=1))
        time.sleep(0.5)
    return {
        "seconds": round(time.monotonic() - started, 1),
        "left": list(waiting.values("task_path", "status", "worker_ids", "exception_class_path", "traceback")),
    }


def _main() -> None:
    import django

    django.setup()
    module, _colon, name = sys.argv[1].rpartition(":")
    here = import_module(f"tests.crash.{module}") if module else sys.modules["__main__"]
    sys.stdout.write("\n" + json.dumps(getattr(here, name)(*json.load(sys.stdin))) + "\n")


if __name__ == "__main__":
    _main()
