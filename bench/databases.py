"""What depends on the database: the desk's queue with 10,000 requests, a fresh database, the log."""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from bench.client import fetch
from bench.figures import Part, Row, ms, rate
from bench.servers import ROOT, Server, environment
from bench.within import ask
from tests import postgres

REQUESTS, ROUNDS = 10_000, 30
ALONE, RECORDS = 500, 100_000
WRITERS, EACH = 8, 1_000


def measure(site: Server, data: Path) -> Part:
    sqlite, postgresql = environment(data), environment(data.with_suffix(".postgresql"), postgres.start(lasting=True))
    fresh = environment(data.with_suffix(".fresh"))
    migrated = {"SQLite": migrate(fresh), "PostgreSQL": migrate(postgresql)}
    # Before there is anything else in it that the server would tidy up meanwhile.
    together = writers(postgresql)
    rows = []
    for name, env in {"SQLite": sqlite, "PostgreSQL": postgresql}.items():
        waiting = ask(env, "scene:queue", REQUESTS)
        found = ask(env, "inside:desk", ROUNDS)
        rows.append(
            Row(
                name=f"queue of 10,000, {name}",
                ours=f"{ms(found['seconds'])}, {found['queries']} queries",
                aim="60 ms, 8 queries",
                met=found["seconds"] <= 0.06 and found["queries"] <= 8,
                told=f"`/desk/` with {waiting:,} open requests for a signed-in approver, in process, median of {ROUNDS}; "
                "the queries include session and permissions.",
            )
        )
    ada = ask(sqlite, "scene:approver")
    seconds = median(fetch(site.port, "/desk/", headers=ada).total for _round in range(ROUNDS))
    rows.append(
        Row(
            name="the same over HTTP, SQLite",
            ours=ms(seconds),
            aim="60 ms",
            met=seconds <= 0.06,
            told=f"The same page from the running server, a new connection each time, median of {ROUNDS}.",
        )
    )
    rows += [
        Row(
            name=f"fresh database, {name}",
            ours=f"{seconds:.1f} s",
            aim="under 10 s",
            met=seconds < 10,
            told="`manage.py migrate` on nothing, Python's start included.",
        )
        for name, seconds in migrated.items()
    ]
    log = ask(fresh, "inside:audit", ALONE, RECORDS)
    rows += [
        Row(
            name="records in the log, SQLite",
            ours=rate(log["rate"]),
            told=f"`audit.record`, one transaction each, synced to disk, {ALONE:,} of them.",
        ),
        Row(
            name=f"the same, PostgreSQL, {WRITERS} writers",
            ours=rate(together),
            aim="500/s",
            met=together >= 500,
            told=f"{WRITERS} processes that write {EACH:,} records each, one transaction each, from the first's start to the last's end.",
        ),
        Row(
            name=f"verifying {log['size']:,} records",
            ours=f"{log['verify']:.1f} s",
            aim="under 20 s",
            met=log["verify"] < 20,
            told="What `manage.py audit verify` does, SQLite: every leaf, root and detail recomputed.",
        ),
        Row(
            name="first checkpoint over them",
            ours=f"{log['checkpoint']:.1f} s",
            told="Every leaf read once and the head signed; a later checkpoint costs what is new since.",
        ),
        Row(
            name="a receipt from the middle",
            ours=ms(log["receipt"]),
            told="Its audit path from stored roots and 256 records, and the check that it leads to the signed root; median of 20.",
        ),
    ]
    return Part(
        "Database",
        "bench/run databases",
        rows,
        "PostgreSQL is the one the tests start, on a socket, but every commit is on the disk before it is answered, as in production.",
    )


def writers(env: dict[str, str]) -> float:
    """Records per second that `WRITERS` processes write together."""
    command = [sys.executable, "-m", "bench.writers", str(EACH)]
    processes = [
        subprocess.Popen(command, env=env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _number in range(WRITERS)
    ]
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    started = time.perf_counter()
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        if process.wait():
            raise RuntimeError("a writer failed")
    return WRITERS * EACH / (time.perf_counter() - started)


def migrate(env: dict[str, str]) -> float:
    started = time.perf_counter()
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, env=env, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - started
