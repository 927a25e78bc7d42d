"""Marking a copy for one reader, compared with pdf-lib on Node; each round is a new process."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from bench import pdfs
from bench.figures import Part, Row, mib, ms, times
from bench.servers import ROOT, environment
from bench.within import ask

ROUNDS = 5
SCRIPT = Path(__file__).with_name("pdf-lib.mjs")
NOTES = (
    "pdf-lib reads, changes and writes the whole file for each reader. The trust center rewrites each version once (the "
    "row *prepared*) and then puts the reader's mark into the bytes while it sends them. Each round is a new process that "
    "makes three copies from files in the page cache. The time is that of the fastest copy, so Node has compiled its code; "
    "the memory is the peak of the first copy above what the process held before. Both count the SHA-256 of the copy; the "
    "trust center continues it where the copies of two readers begin to differ, as in a delivery, so only the first copy "
    "of a process is counted whole. Decrypting is not included; it is part of the download above."
)


def measure(data: Path) -> Part:
    folder = data.with_suffix(".marking")
    folder.mkdir()
    report, scan = folder / "report.pdf", folder / "scan.pdf"
    ask(environment(data), "scene:long_report", str(report), 240)
    pdfs.scans(scan, pages=100, size=60_000_000)
    rows = _rows("240-page text PDF", report) + _rows("60 MB PDF of 100 scans", scan)
    return Part("Marking", "bench/run marking", rows, NOTES)


def _rows(name: str, original: Path) -> list[Row]:
    copy = original.with_suffix(".reading.pdf")
    ours, theirs, prepared = [], [], []
    for _round in range(ROUNDS):
        prepared.append(_run(sys.executable, "-m", "bench.copies", "prepare", original, copy))
        ours.append(_run(sys.executable, "-m", "bench.copies", "mark", copy, json.dumps(prepared[-1][2])))
        if beside():
            theirs.append(_run("node", SCRIPT, original))
    us, them, once = _middle(ours), _middle(theirs), _middle(prepared)
    size = f"{original.stat().st_size:,} bytes"
    # Smaller values are noise of the kernel's accounting.
    grown, grown_beside = max(us[1], 2**16), them[1]
    return [
        Row(
            name=f"{name}, one copy",
            ours=ms(us[0]),
            theirs=ms(them[0]) if theirs else "not installed",
            ratio=f"{times(them[0] / us[0])} faster" if theirs else "",
            aim="5x faster",
            met=them[0] >= 5 * us[0] if theirs else None,
            note=f"One reader's copy of {size} and its SHA-256, beside pdf-lib drawing one line on every page.",
        ),
        Row(
            name=f"{name}, CPU per copy",
            ours=ms(us[2]),
            theirs=ms(them[2]) if theirs else "not installed",
            ratio=f"{times(them[2] / us[2])} less" if theirs else "",
            aim="50x less",
            met=them[2] >= 50 * us[2] if theirs else None,
            note="User and system time of the fastest copy, all threads. The first copy of a process, whose SHA-256 is counted "
            f"whole, takes {ms(us[3])}.",
        ),
        Row(
            name=f"{name}, memory",
            ours=f"+{mib(us[1])}",
            theirs=f"+{mib(grown_beside)}" if theirs else "not installed",
            ratio=f"{times(grown_beside / grown)} less" if theirs else "",
            aim="a tenth",
            met=grown_beside >= 10 * grown if theirs else None,
            note="Peak memory while the first copy is made.",
        ),
        Row(
            name=f"{name}, prepared",
            ours=f"{ms(once[0])}, +{mib(once[1])}",
            note="Preparing the version for marks, once, in the background.",
        ),
    ]


def beside() -> bool:
    return bool(shutil.which("node")) and (SCRIPT.parent / "node_modules" / "pdf-lib").is_dir()


def _run(*command: Any) -> list[Any]:
    done = subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise RuntimeError(f"{command[:4]} failed: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def _middle(found: list[list[Any]]) -> tuple[float, float, float, float]:
    """Medians of seconds, of bytes of memory, and of CPU seconds of the fastest and of the first copy."""
    if not found:
        return 0.0, 0.0, 0.0, 0.0
    seconds, memory, cpu, first = (median(one[place] for one in found) for place in (0, 1, 3, 4))
    return seconds, memory, cpu, first
