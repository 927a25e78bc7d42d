"""Finds the second mark in pictures of pages: the size and place of its cells, and the value of each.

Pictures go in, one number for each bit comes out; `tracing.naming` finds the delivery. Nothing here knows any
delivery's bits, so no picture can favour one delivery.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from documents.marks.second_mark import BITS, TILE, tile

Field = NDArray[np.float32]
Sums = NDArray[np.float64]

# Samples along a cell's side when all tiles are put on top of each other: for the search, and for reading.
ROUGH, FINE = 2, 3
# A search shrinks a picture to this many pixels and looks at a square in its middle; reading looks at everything.
SHRUNK, MIDDLE = 1_000_000, 760
# Pixels that a cell's side may take then, and by how much one guess differs from the next: a third of a cell at the
# edge of the square.
SMALLEST, LARGEST, STEP = 2.2, 20.0, 1.008
# If the light fields stand out less than this, there is nothing to refine: chance reaches about 5.
FAINT = 4.5
# Differences are cut off at so many levels of 255: the mark itself takes a few.
CLIP = 12.0
# Changes over more pixels than this are the page's and not the mark's. In grey, only lighter pixels than this are paper.
WINDOW, PAPER = 41, 200
# Less variation than this is paper without a mark, or a picture without colour.
EVEN = 0.02


@dataclass(frozen=True)
class Grid:
    """A grid of cells: pixels for each cell across and down, and how clearly the light fields stood out."""

    across: float
    down: float
    clear: float = 0.0


@dataclass(frozen=True)
class Reading:
    """A number for each bit, above 0 if it is set, and the grid on which it was read."""

    values: Field
    grid: Grid


def tinted(picture: Image.Image) -> Field:
    """How yellow each pixel is against its surroundings; black on white is not."""
    red, green, blue = (np.asarray(band, dtype=np.float32) for band in picture.convert("RGB").split())
    return _levelled((red + green) / 2 - blue)


def darkened(picture: Image.Image) -> Field:
    """How dark each pixel of paper is against the paper around it, for pictures without colour; 0 off the paper."""
    grey = np.asarray(picture.convert("L"), dtype=np.float32)
    paper = np.asarray(picture.convert("L").filter(ImageFilter.MinFilter(5)), dtype=np.float32) > PAPER
    return _levelled(-grey, paper.astype(np.float32))


def _levelled(values: NDArray[np.floating], counted: Field | None = None) -> Field:
    """The values without slow changes, and with outliers cut off.

    With `counted`, only pixels where it is 1 count. In grey the mark is one level of 255: where the letters of a dense
    page counted as well, what they add to the mean around them hid it.
    """
    values = np.clip(values - np.median(values), -4 * CLIP, 4 * CLIP).astype(np.float32)
    if counted is None:
        mean = _around(values) / WINDOW**2
        return np.clip(values - mean, -CLIP, CLIP).astype(np.float32)
    mean = _around(values * counted) / np.maximum(_around(counted), 1)
    return (np.clip(values - mean, -CLIP, CLIP) * counted).astype(np.float32)


def _around(values: Field) -> Sums:
    """The sum of the square of WINDOW pixels around each pixel."""
    size = WINDOW
    padded = np.pad(values, ((size // 2 + 1, size // 2), (size // 2 + 1, size // 2)), mode="edge")
    total = padded.cumsum(0, dtype=np.float64).cumsum(1)
    around: Sums = total[size:, size:] - total[:-size, size:] - total[size:, :-size] + total[:-size, :-size]
    return around


def read(values: Field, grid: Grid) -> Reading:
    """The values of the cells of `grid`."""
    folded = _folded(_summed(values), grid, FINE)
    found = _matched(folded)
    row, column = np.unravel_index(int(np.argmax(np.abs(found))), found.shape)
    cells = np.roll(folded, (-row, -column), (0, 1)).reshape(TILE, FINE, TILE, FINE).mean((1, 3))
    # In a picture with inverted colours a set cell has more blue.
    said = cells[_DARK] * np.sign(found[row, column])
    return Reading((said - said.mean()).astype(np.float32), Grid(grid.across, grid.down, _clear(found)))


def search(values: Field, guesses: list[float] | None = None) -> Grid:
    """The grid whose light fields stand out most, for the guessed pixels per cell or for all sizes."""
    if guesses is None:
        best = rough(values)
        return refined(values, best) if best.clear >= FAINT else best
    sums = _summed(values)
    return refined(values, max((_seen(sums, Grid(size, size), ROUGH) for size in guesses), key=lambda one: one.clear))


def rough(values: Field) -> Grid:
    """The size of cells whose light fields stand out most in the middle of the picture, or none if the picture is even."""
    if values.std() < EVEN:
        return Grid(1, 1)
    small, shrunk = _shrunk(values)
    top, left = ((length - min(length, MIDDLE)) // 2 for length in small.shape)
    sums = _summed(small[top : top + MIDDLE, left : left + MIDDLE])
    found = [_seen(sums, Grid(size, size), ROUGH) for size in _all_sizes(small)]
    best = max(found, key=lambda grid: grid.clear, default=Grid(1, 1))
    return Grid(best.across / shrunk, best.down / shrunk, best.clear)


def refined(values: Field, grid: Grid) -> Grid:
    """The best grid near `grid`, with its sizes across and down found separately."""
    sums = _summed(values)
    for step in (0.002, 0.0007, 0.00025):
        for along in ((1, 1), (1, 0), (0, 1)):
            nearby = [
                Grid(grid.across * (1 + step * k * along[0]), grid.down * (1 + step * k * along[1]))
                for k in range(-2, 3)
            ]
            grid = max((_seen(sums, near, FINE) for near in nearby), key=lambda one: one.clear)
    return grid


def _all_sizes(values: Field) -> list[float]:
    largest = min(LARGEST, min(*values.shape, MIDDLE) / TILE)
    count = max(0, math.floor(math.log(largest / SMALLEST) / math.log(STEP)) + 1) if largest > SMALLEST else 0
    return [SMALLEST * STEP**number for number in range(count)]


def _shrunk(values: Field) -> tuple[Field, float]:
    height, width = values.shape
    share = math.sqrt(SHRUNK / (height * width))
    if share >= 1:
        return values, 1.0
    size = max(1, round(width * share)), max(1, round(height * share))
    small = Image.fromarray(values).resize(size, Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32), size[0] / width


def _seen(sums: Sums, grid: Grid, fine: int) -> Grid:
    return Grid(grid.across, grid.down, _clear(_matched(_folded(sums, grid, fine))))


def _folded(sums: Sums, grid: Grid, fine: int) -> Field:
    """All tiles on top of each other: the mean of each of `fine` x `fine` samples of each cell."""
    height, width = (length - 1 for length in sums.shape)
    rows, columns = _edges(height, grid.down, fine), _edges(width, grid.across, fine)
    span = TILE * fine
    total = np.diff(np.diff(sums[rows][:, columns], axis=0), axis=1)
    total = total.reshape(-1, span, total.shape[1] // span, span).sum((0, 2))
    count = np.outer(*(np.diff(edges).reshape(-1, span).sum(0) for edges in (rows, columns)))
    mean: Field = (total / np.maximum(count, 1)).astype(np.float32)
    return mean


def _edges(length: int, cell: float, fine: int) -> NDArray[np.int64]:
    """The pixels at which samples begin, and where the last ends; whole tiles, empty beyond the picture."""
    tiles = math.ceil(length / cell / TILE)
    edges = np.rint(np.arange(tiles * TILE * fine + 1) * (cell / fine)).astype(np.int64)
    return np.minimum(edges, length)


def _summed(values: Field) -> Sums:
    """The sum of everything above and left of each pixel, with a row and a column of zeros before."""
    out = np.zeros((values.shape[0] + 1, values.shape[1] + 1))
    np.cumsum(values, axis=0, dtype=np.float64, out=out[1:, 1:])
    np.cumsum(out[1:, 1:], axis=1, out=out[1:, 1:])
    return out


def _matched(folded: Field) -> Field:
    """How well the light fields fit at each offset."""
    spectrum = np.fft.rfft2(folded - folded.mean())
    return np.fft.irfft2(spectrum * _LIGHT[len(folded) // TILE], folded.shape).astype(np.float32)


def _clear(found: Field) -> float:
    """How far the best offset is above all others, in standard deviations."""
    return float(np.abs(found).max() / (found.std() + 1e-9))


def _pattern(fine: int) -> Field:
    cells = np.array(tile(bytes(BITS // 8)), dtype=np.float32) * 2 - 1
    cells[_DARK] = 0
    return np.kron(cells, np.ones((fine, fine), dtype=np.float32))


_DARK = np.add.outer(np.arange(TILE), np.arange(TILE)) % 2 == 1
_LIGHT = {fine: np.conj(np.fft.rfft2(_pattern(fine))) for fine in (ROUGH, FINE)}
