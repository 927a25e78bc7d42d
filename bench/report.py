"""docs/performance.md: a section for each measure, with its table, what each row means, and the machine it ran on."""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

from bench.figures import Part, as_markdown
from bench.servers import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
# Read at the start, before the bench adds to the load.
LOAD = os.getloadavg()[0]
PACKAGES = ("django", "granian", "pikepdf")
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


def write(parts: Sequence[Part]) -> None:
    """Replaces the sections of these parts in the document, and adds those that it does not have."""
    text = DOCUMENT.read_text(encoding="utf-8")
    starts = [match.start() for match in HEADING.finditer(text)] + [len(text)]
    introduction = text[: starts[0]]
    sections = [text[start:end] for start, end in pairwise(starts)]
    titled = {HEADING.match(one)[1]: one for one in sections}  # type: ignore[index]
    titled |= {part.title: section(part) for part in parts}
    DOCUMENT.write_text("\n".join([introduction.strip() + "\n", *(one.strip() + "\n" for one in titled.values())]))


def section(part: Part) -> str:
    text = f"## {part.title}\n\n{machine(part.command)}\n\n{as_markdown(part.rows)}\n"
    if part.notes:
        text += f"\n{part.notes}\n"
    if notes := [f"- **{row.name}**: {row.note}" for row in part.rows if row.note]:
        text += "\n" + "\n".join(notes) + "\n"
    return text


def machine(command: str = "") -> str:
    """The command, the date, the machine, the versions, and the load of the machine."""
    cpu = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    # A distribution's Python is built with optimisations; others often are not.
    whose = "the system's" if sys.base_prefix == "/usr" else "not the system's"
    packages = [f"Python {platform.python_version()} ({whose})", *(f"{name} {version(name)}" for name in PACKAGES)]
    run = f"`{command}`, measured" if command else "Measured"
    return (
        f"{run} on {datetime.now(UTC):%-d %B %Y at %H:%M} UTC: {cpu[1] if cpu else platform.machine()}, "
        f"{os.cpu_count()} cores, {platform.freedesktop_os_release()['PRETTY_NAME']}, "
        f"Linux {platform.release().split('-')[0]}, {', '.join(packages + _beside())}. "
        f"Load of other work when the run began: {LOAD:.1f}."
    )


def _beside() -> list[str]:
    answers = [_output("nginx", "-v"), _output("wrk", "-v"), _output("node", "-v")]
    found = [re.search(r"\d+\.\d+(\.\d+)?", text) for text in answers]
    return [f"{name} {hit[0]}" for name, hit in zip(("nginx", "wrk", "Node"), found, strict=True) if hit]


def _output(program: str, option: str) -> str:
    try:
        done = subprocess.run([program, option], capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return done.stdout + done.stderr
