"""docs/performance.md: the table of one run, what each row means, and the machine it ran on."""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.figures import Part, as_markdown
from bench.servers import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
# Read when the bench starts: later it would be our own.
LOAD = os.getloadavg()[0]
PACKAGES = ("django", "granian", "pikepdf")

INTRODUCTION = """\
# Performance

`make bench` measures the running product beside what it is compared with, on one machine and in one run, and prints the table below.
`bench/run --write` puts it here. It takes about {minutes} minutes, works in temporary folders on free ports of the loopback address, and leaves
nothing behind. Product, comparison and load generator share the machine's cores, so a figure means little without the one beside it:
compare the ratios, not the rates. Run it on a quiet machine.

{machine}
"""


def write(parts: Sequence[Part], seconds: float) -> None:
    minutes = max(1, round(seconds / 60))
    sections = [INTRODUCTION.format(minutes=minutes, machine=machine())]
    for part in parts:
        sections.append(f"## {part.title}\n\n`{part.command}`\n\n{as_markdown(part.rows)}\n")
        if part.notes:
            sections.append(part.notes + "\n")
        sections.append("\n".join(f"- **{row.name}**: {row.told}" for row in part.rows) + "\n")
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text("\n".join(sections), encoding="utf-8")


def machine() -> str:
    """One sentence: when, on what, with which versions."""
    cpu = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    # A distribution's Python is built with its optimisations, one that somebody compiled at home often without.
    whose = "the system's" if sys.base_prefix == "/usr" else "not the system's"
    with_ours = [f"Python {platform.python_version()} ({whose})", *(f"{name} {version(name)}" for name in PACKAGES)]
    return (
        f"Measured on {datetime.now(UTC):%-d %B %Y}: {cpu[1] if cpu else platform.machine()}, {os.cpu_count()} cores, "
        f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release().split('-')[0]}, {', '.join(with_ours + _beside())}. "
        f"Other work's load on the cores when it began: {LOAD:.1f}."
    )


def _beside() -> list[str]:
    said = [_said("nginx", "-v"), _said("wrk", "-v"), _said("node", "-v")]
    found = [re.search(r"\d+\.\d+(\.\d+)?", text) for text in said]
    return [f"{name} {hit[0]}" for name, hit in zip(("nginx", "wrk", "Node"), found, strict=True) if hit]


def _said(program: str, option: str) -> str:
    try:
        done = subprocess.run([program, option], capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return done.stdout + done.stderr
