"""The rows that the bench found, and how they are printed."""

from collections.abc import Sequence
from dataclasses import dataclass

HEAD = ("measure", "trust center", "beside it", "ratio", "aim", "met")


@dataclass(frozen=True)
class Row:
    """One line of the table. `met` is None if there is no aim; `note` says in one sentence what was measured."""

    name: str
    ours: str
    theirs: str = ""
    ratio: str = ""
    aim: str = ""
    met: bool | None = None
    note: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        met = {True: "yes", False: "no", None: ""}[self.met]
        return self.name, self.ours, self.theirs, self.ratio, self.aim, met


@dataclass(frozen=True)
class Part:
    """The rows of one measure, the command that repeats it, and how they were measured."""

    title: str
    command: str
    rows: Sequence[Row]
    notes: str = ""


def ms(seconds: float) -> str:
    milliseconds = seconds * 1000
    return f"{milliseconds:.1f} ms" if milliseconds < 100 else f"{milliseconds:,.0f} ms"


def mib(size: float) -> str:
    return f"{size / 2**20:.1f} MiB"


def mb(size: float) -> str:
    return f"{size / 1e6:,.0f} MB"


def rate(per_second: float) -> str:
    return f"{per_second:,.0f}/s"


def percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.1 else f"{share:.1%}"


def times(ratio: float) -> str:
    return f"{ratio:.1f}x" if ratio < 100 else f"{ratio:,.0f}x"


def as_text(parts: Sequence[Part]) -> str:
    """The table for a terminal, columns aligned."""
    rows = [HEAD, *(row.cells for part in parts for row in part.rows)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * (sum(widths) + 2 * len(widths) - 2), *lines[1:]])


def as_markdown(rows: Sequence[Row]) -> str:
    lines = [HEAD, ("---",) * len(HEAD), *(row.cells for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
