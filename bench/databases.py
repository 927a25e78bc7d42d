"""Measures that depend on the database: the queue with 10,000 requests, a new database, the log."""

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
    # First, while the database has no other rows that the server could vacuum meanwhile.
    together = writers(postgresql)
    rows = []
    for name, env in {"SQLite": sqlite, "PostgreSQL": postgresql}.items():
        waiting = ask(env, "scene:queue", REQUESTS)
        found = ask(env, "inside:desk", ROUNDS)
        rows.append(
            Row(
                name=f"queue of 10,000, {name}",
                ours=f"{ms(found['seconds'])}, {found['queries']} queries",
                aim="100 ms, 12 queries",
                met=found["seconds"] <= 0.1 and found["queries"] <= 12,
                note=f"`/desk/` with {waiting:,} open requests for a signed-in approver, in process, median of {ROUNDS}; "
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
            note=f"The same page from the running server, a new connection each time, median of {ROUNDS}.",
        )
    )
    rows += [
        Row(
            name=f"fresh database, {name}",
            ours=f"{seconds:.1f} s",
            aim="under 10 s",
            met=seconds < 10,
            note="`manage.py migrate` on an empty database, with the start of Python.",
        )
        for name, seconds in migrated.items()
    ]
    log = ask(fresh, "inside:audit", ALONE, RECORDS)
    rows += [
        Row(
            name="records in the log, SQLite",
            ours=rate(log["rate"]),
            note=f"{ALONE:,} changes with one record each, each committed to disk.",
        ),
        Row(
            name=f"the same, PostgreSQL, {WRITERS} writers",
            ours=rate(together),
            aim="500/s",
            met=together >= 500,
            note=f"{WRITERS} processes, each with {EACH:,} changes of one record, from the first start to the last end.",
        ),
        Row(
            name=f"verifying {log['size']:,} records",
            ours=f"{log['verify']:.1f} s",
            aim="under 10 s",
            met=log["verify"] < 10,
            note="`manage.py audit verify` on SQLite: it computes every leaf, root and detail again, and compares as many deliveries with their records.",
        ),
        Row(
            name="first checkpoint over them",
            ours=f"{log['checkpoint']:.1f} s",
            note="It reads every leaf and signs the head; a later checkpoint reads only the new leaves.",
        ),
        Row(
            name="a receipt from the middle",
            ours=ms(log["receipt"]),
            note="Its audit path from stored roots and 256 records, and the check against the signed root; median of 20.",
        ),
    ]
    return Part(
        "Database",
        "bench/run databases",
        rows,
        "PostgreSQL is the server that the tests start, over a socket, but each commit waits for the disk, as in production.",
    )


def writers(env: dict[str, str]) -> float:
    """The records per second of all writers together."""
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
