"""Makes marked copies of one file and prints the time and memory. Each run is a separate process.

python -m bench.copies prepare SOURCE TARGET; python -m bench.copies mark READING_COPY SLOTS
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench.memory import Memory
from documents.copy_digest import CopyDigest
from documents.marks import marking, second_mark

COPIES = 3
# As in `documents.delivery`, which needs Django.
CHUNK = 256 * 1024


def prepare(source: str, target: str) -> list[object]:
    from documents.intake import reading_copy

    def once() -> object:
        with open(source, "rb") as original, open(target, "wb") as copy:
            return reading_copy.prepare(original, copy).slots

    return list(_measured(once, copies=1))


def mark(path: str, slots: str) -> list[object]:
    size, places = Path(path).stat().st_size, json.loads(slots)
    mark = marking.Mark(
        "rhea@example.com",
        "Example Corp",
        datetime(2026, 3, 1, tzinfo=UTC),
        "7F3K-2QXW-9B4T",
        second_mark.picture(second_mark.new_bits()),
    )

    def once() -> object:
        digest = CopyDigest(path, min(place["offset"] for place in places))
        with open(path, "rb") as file:
            for chunk in marking.patched(file, size, places, mark, CHUNK):
                digest.update(chunk)
        return digest.hexdigest()

    return list(_measured(once, COPIES))


def _measured(once: Callable[[], object], copies: int) -> tuple[float, int, object, float, float]:
    """Seconds of the fastest copy, growth of memory in bytes at the first, its result, CPU seconds of the fastest and the first."""
    memory = Memory([os.getpid()])
    seconds, growth, result = [], 0, None
    cpu = []
    for number in range(copies):
        started, used = time.perf_counter(), time.process_time()
        result = once()
        seconds.append(time.perf_counter() - started)
        cpu.append(time.process_time() - used)
        if number == 0:
            growth = memory.growth
    return min(seconds), growth, result, min(cpu), cpu[0]


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"prepare": prepare, "mark": mark}[sys.argv[1]](*sys.argv[2:])))
