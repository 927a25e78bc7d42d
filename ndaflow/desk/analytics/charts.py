"""Charts as numbers for inline SVG: each with one sentence, and a table that says the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import models

# The drawing area of a chart over weeks, which stretches to the width of its sheet.
WIDTH, HEIGHT, BASE, TOP = 200, 76, 72, 6
# A bar beside its label.
LABEL, LONGEST, LINE, THICK = 124, 118, 19, 13
# Half the length of a line through one point.
DASH = 4


class Shape(models.TextChoices):
    """How a chart is drawn; the templates know these."""

    BARS = "bars"
    COLUMNS = "columns"
    LINE = "line"
    # A bar in each row of the table, for names that have no place in a drawing.
    TABLE = "table"


@dataclass(frozen=True)
class Bar:
    """One bar. `of` is "them" where it is not about us."""

    label: str
    value: str
    x: float
    y: float
    width: float
    height: float
    of: str = "us"

    @property
    def after(self) -> float:
        return self.x + self.width + 8

    @property
    def foot(self) -> float:
        return self.y + self.height - 3


@dataclass(frozen=True)
class Chart:
    """One chart: a heading, a sentence that begins with its number, the drawing, and the table."""

    slug: str
    title: str
    number: str
    sentence: str
    shape: Shape
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    bars: Sequence[Bar] = ()
    # The points of each line, and the height of the target.
    lines: Sequence[str] = ()
    target: float | None = None
    ends: Sequence[str] = ()
    # For each row of a table with bars, how long its bar is in percent.
    shares: Sequence[int] = field(default_factory=tuple)

    @property
    def with_shares(self) -> list[tuple[Sequence[str], int]]:
        return list(zip(self.rows, self.shares, strict=False))


def bars(values: Sequence[tuple[str, int, str]]) -> list[Bar]:
    """Lying bars, one below the other, from (label, number, of)."""
    most = max((n for _label, n, _of in values), default=0) or 1
    return [
        Bar(label, str(n), LABEL, 2 + LINE * place, round(LONGEST * n / most, 1), THICK, of)
        for place, (label, n, of) in enumerate(values)
    ]


def columns(values: Sequence[int]) -> list[Bar]:
    """Standing bars, from left to right."""
    most, wide = max(values, default=0) or 1, WIDTH / max(1, len(values))
    tall = [round((BASE - TOP) * n / most, 1) for n in values]
    return [
        Bar("", str(n), round(wide * place + wide * 0.15, 1), round(BASE - high, 1), round(wide * 0.7, 1), high)
        for place, (n, high) in enumerate(zip(values, tall, strict=True))
    ]


def line(values: Sequence[float | None], most: float) -> str:
    """The points of a line from left to right; a week without a value has no point, and a single point is a dash."""
    step = (WIDTH - 4) / max(1, len(values) - 1)
    points = [(2 + step * place, height(one, most)) for place, one in enumerate(values) if one is not None]
    if len(points) == 1:
        ((x, y),) = points
        points = [(max(0, x - DASH), y), (min(WIDTH, x + DASH), y)]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def height(value: float, most: float) -> float:
    """Where a value is drawn, if `most` is at the top."""
    return round(BASE - (BASE - TOP) * value / (most or 1), 1)


def shares(values: Sequence[int]) -> list[int]:
    """Each number in percent of the largest."""
    most = max(values, default=0) or 1
    return [round(100 * n / most) for n in values]
