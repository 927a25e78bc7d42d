"""Writes records into the log from several processes at once; run as `python -m bench.writers RECORDS`, told when to start."""

import sys
import time

import django

django.setup()

from django.db import transaction  # noqa: E402

from trustcenter.audit.actions import Action  # noqa: E402
from trustcenter.audit.log import record  # noqa: E402


def main() -> None:
    """Says that it is ready, waits for a line, writes, and says how long it took."""
    count = int(sys.argv[1])
    with transaction.atomic():
        # The connection is open and the code is warm before the clock runs.
        record(Action.SIGNED_IN, actor=None, subject=None, method="code")
    print("ready", flush=True)
    sys.stdin.readline()
    started = time.perf_counter()
    for number in range(count):
        with transaction.atomic():
            record(Action.SIGNED_IN, actor=None, subject=None, method="code", number=number)
    print(time.perf_counter() - started, flush=True)


if __name__ == "__main__":
    main()
