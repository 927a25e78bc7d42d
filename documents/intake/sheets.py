"""The sheet of a page: its visible part, its rotation, and the place of the reader's strip.

Programs disagree about boxes that are missing, reversed or outside of each other. A rebuilt page is unambiguous.
"""

from dataclasses import dataclass
from decimal import Decimal

from pikepdf import Array, Dictionary, Name, Object

from documents.marks.marking import LINE_WIDTH, Unmarkable

MARGIN = 10.0
STRIP_WIDTH = LINE_WIDTH + 10
STRIP_HEIGHT = 19.0
# On every page the strip has the same share of the width as on A4, and at most a tenth of the height.
PAGE_WIDTH = STRIP_WIDTH + 2 * MARGIN
# On a smaller sheet than this, in points, the letters would be too small to read: a little less than A5 upright.
LEAST_WIDTH, LEAST_HEIGHT = 420.0, 144.0
# Nor could they be read on a page that is shown whole and whose sides have a larger ratio than this.
LONGEST, WIDEST = 4, 10
# Programs calculate with 24 bits. Beyond this, letters would be misplaced.
FARTHEST = 100_000

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Sheet:
    """`box` is what the author's page shows, `whole` the sheet around it: left, bottom, right, top in the page's own
    coordinates. `turned` is 0, 90, 180 or 270 degrees clockwise."""

    box: Box
    whole: Box
    turned: int

    @property
    def seen(self) -> tuple[float, float]:
        """The width and height of the sheet as a reader sees it."""
        left, bottom, right, top = self.whole
        return (right - left, top - bottom) if self.turned % 180 == 0 else (top - bottom, right - left)

    def upright(self, u: float, v: float, scale: float) -> bytes:
        """The matrix that moves a drawing from the origin to `u` from the left and `v` from the bottom, as seen."""
        left, bottom, right, top = self.whole
        matrix: tuple[float, ...]
        match self.turned:
            case 90:
                matrix = (0, scale, -scale, 0, right - v, bottom + u)
            case 180:
                matrix = (-scale, 0, 0, -scale, right - u, top - v)
            case 270:
                matrix = (0, -scale, scale, 0, left + v, top - u)
            case _:
                matrix = (scale, 0, 0, scale, left + u, bottom + v)
        return b" ".join(b"%.4f" % number for number in matrix)


def strip_on(wide: float, high: float) -> tuple[float, float, float]:
    """The strip's place on a sheet of that size: left, bottom, and scale."""
    scale = min(wide / PAGE_WIDTH, high / 10 / STRIP_HEIGHT)
    return (wide - STRIP_WIDTH * scale) / 2, min(MARGIN / 2 * scale, high / 20), scale


def sheet_of(page: Dictionary) -> Sheet:
    """The sheet of a page: its crop box within its media box, enlarged if that is too small.

    Raises Unmarkable for a page without a size.
    """
    media = _box(inherited(page, Name.MediaBox))
    if media is None:
        raise Unmarkable("a page has no size")
    box = _within(media, _box(inherited(page, Name.CropBox)) or media)
    turn = inherited(page, Name.Rotate)
    turned = turn % 360 if isinstance(turn, int) and turn % 90 == 0 else 0
    return Sheet(box, _grown(box, turned), turned)


def inherited(page: Dictionary, key: Name) -> Object | None:
    """The value of `key` on a page or inherited from the nearest node above it."""
    node: Object | None = page
    # No tree is deeper, so this also ends in a circular one.
    for _level in range(100):
        if not isinstance(node, Dictionary):
            return None
        if key in node:
            return node[key]
        node = node.get(Name.Parent)
    return None


def _box(corners: Object | None) -> Box | None:
    """Left, bottom, right and top, or None for an invalid box."""
    if not isinstance(corners, Array) or len(corners) != 4:
        return None
    numbers = [float(corner) for corner in corners if isinstance(corner, int | float | Decimal)]
    if len(numbers) != 4 or max(map(abs, numbers)) > FARTHEST:
        return None
    x0, y0, x1, y1 = numbers
    left, right, bottom, top = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
    return (left, bottom, right, top) if right - left >= 1 and top - bottom >= 1 else None


def _within(media: Box, crop: Box) -> Box:
    left, bottom, right, top = (
        max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]),
    )  # fmt: skip
    return (left, bottom, right, top) if right - left >= 1 and top - bottom >= 1 else media


def _grown(box: Box, turned: int) -> Box:
    """The box, enlarged equally on both sides to the size that the strip's letters need."""
    left, bottom, right, top = box
    across, up = right - left, top - bottom
    wide, high = (across, up) if turned % 180 == 0 else (up, across)
    wide, high = max(wide, LEAST_WIDTH, high / LONGEST), max(high, LEAST_HEIGHT, wide / WIDEST)
    if turned % 180:
        wide, high = high, wide
    return left - (wide - across) / 2, bottom - (high - up) / 2, right + (wide - across) / 2, top + (high - up) / 2
