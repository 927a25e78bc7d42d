"""Writes records into the log after a line arrives on stdin: python -m bench.writers RECORDS"""

import sys
import time

import django

django.setup()

from trustcenter import audit  # noqa: E402
from trustcenter.audit.actions import Action  # noqa: E402


def _record(number: int) -> None:
    with audit.change(by=None) as change:
        change.record(Action.SIGNED_IN, method="code", number=number)


def main() -> None:
    """Prints "ready", waits for a line, writes, and prints the seconds it took."""
    count = int(sys.argv[1])
    # Opens the connection and warms the code up before the measurement.
    _record(0)
    print("ready", flush=True)
    sys.stdin.readline()
    started = time.perf_counter()
    for number in range(count):
        _record(number)
    print(time.perf_counter() - started, flush=True)


if __name__ == "__main__":
    main()
