"""Runs one function of `promises` or of this module with Django on a site. Called by `CrashSite.ask`."""

import json
import sys
import time
from importlib import import_module
from typing import Any


def drain(seconds: float) -> dict[str, Any]:
    """Makes waiting tasks due, waits until the site's worker has finished them, and returns what is left."""
    from django.utils import timezone

    from trustcenter.work import queue
    from trustcenter.work.models import Task

    waiting = Task.objects.exclude(state=Task.State.DONE)
    started = time.monotonic()
    while time.monotonic() - started < seconds and waiting.count() > queue.given_up():
        # Retries become due at once instead of in half a minute; leases still end by the real clock.
        now = timezone.now()
        Task.objects.filter(state=Task.State.WAITING, due_at__gt=now).update(due_at=now)
        time.sleep(0.5)
    return {
        "seconds": round(time.monotonic() - started, 1),
        "left": list(waiting.values("path", "state", "tries", "losses", "error")),
    }


def sign_for_companies() -> None:
    """Publishes the demo's agreement once more, so that a signature is meant to cover the signer's company."""
    from ndaflow.agreements.flows import publish
    from ndaflow.agreements.models import Agreement

    nda = Agreement.objects.get(slug="nda")
    newest = nda.versions.order_by("-number").first()
    assert newest is not None
    text = f"{newest.text}\nIt binds the whole company of the recipient.\n"
    publish(
        slug="nda", kind=nda.kind, title=nda.title, text=text, earlier_signers="grandfather", covers="company", by=None
    )


def _main() -> None:
    import django

    django.setup()
    module, _colon, name = sys.argv[1].rpartition(":")
    here = import_module(f"tests.crash.{module}") if module else sys.modules["__main__"]
    sys.stdout.write("\n" + json.dumps(getattr(here, name)(*json.load(sys.stdin))) + "\n")


if __name__ == "__main__":
    _main()
