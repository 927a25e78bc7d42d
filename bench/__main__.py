"""bench/run [--write] [MEASURE...]: measures the product and prints the table; --write also puts it into the documentation."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import databases, desk, downloads, idle, lanes, large, marking, pages, report, search, tracing
from bench.figures import Part, as_text
from bench.servers import product

MEASURES: dict[str, Callable[..., Part]] = {
    "idle": idle.measure,
    "pages": pages.measure,
    "downloads": downloads.measure,
    "lanes": lanes.measure,
    "large": large.measure,
    "marking": lambda site, data: marking.measure(data),
    "databases": databases.measure,
    "desk": desk.measure,
    "search": search.measure,
    "tracing": lambda site, data: tracing.measure(data),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"{', '.join(MEASURES)}; all by default")
    parser.add_argument("--write", action="store_true", help="replace the sections of docs/performance.md")
    chosen = parser.parse_args()
    if unknown := set(chosen.measures) - set(MEASURES):
        parser.error(f"there is no measure {', '.join(sorted(unknown))}")
    started = time.monotonic()
    parts = run([name for name in MEASURES if not chosen.measures or name in chosen.measures])
    seconds = time.monotonic() - started
    sys.stdout.write(f"\n{report.machine()}\n\n{as_text(parts)}\n\nMeasured in {seconds:.0f} s.\n")
    if chosen.write:
        report.write(parts)


def run(names: list[str]) -> list[Part]:
    with tempfile.TemporaryDirectory(prefix="trustcenter-bench-") as folder:
        data = Path(folder) / "site"
        say("starting the product with demo content")
        with product(data) as site:
            parts = []
            for name in names:
                say(f"measuring {name}")
                parts.append(MEASURES[name](site, data))
            return parts


def say(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
