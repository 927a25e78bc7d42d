"""The second mark: a faint tint over the whole page that identifies the delivery of any picture of the page.

Every delivery has BITS random bits. They fill half the cells of a square tile, like the dark fields of a chessboard.
The light fields hold a pattern that is the same in every copy, by which `tracing.pictures` finds scale and place. The
tile repeats over the page. A cell that is set takes a little blue from what is beneath: hardly visible, and in a colour
that black text on white paper does not have.

A reading copy holds the tiles as one picture of SIDE x SIDE cells of one bit, which every page draws beneath and above
its own content (see `reading_copy`).
"""

import hashlib
import math
import secrets
from collections.abc import Iterator

TILE = 32
BITS = TILE * TILE // 2
TILES = 7
SIDE = TILE * TILES
# The picture in bytes, one bit for each cell. In a PDF's image mask a 0 is painted.
LENGTH = SIDE * SIDE // 8
BLANK = b"\xff" * LENGTH
# Cells along a page's shorter side, so that the mark has the same density on slides and letters.
ACROSS = 150
MOST_PICTURES = 64
# The shares of blue that a set cell takes: above the page's own content, so that a scan does not hide it, and beneath.
ABOVE, BENEATH = 0.022, 0.006

# The same in every copy: the SHA-256 of a sentence, so that anybody can see that nothing was hand-picked.
_SYNC = b"".join(hashlib.sha256(b"the second mark's light fields %d" % part).digest() for part in range(2))


def new_bits() -> bytes:
    """The bits of a new delivery."""
    return secrets.token_bytes(BITS // 8)


def tile(bits: bytes) -> list[list[int]]:
    """The cells of the tile, row by row from the top left; 1 takes blue."""
    return [[int(cell) for cell in row] for row in _rows(bits)]


def picture(bits: bytes) -> bytes:
    """All tiles as an image mask of LENGTH bytes."""
    rows = (int("".join(row), 2) ^ (2**TILE - 1) for row in _rows(bits))
    return b"".join(row.to_bytes(TILE // 8) * TILES for row in rows) * TILES


def _rows(bits: bytes) -> Iterator[list[str]]:
    """The tile's rows of "0" and "1"."""
    if len(bits) != BITS // 8:
        raise ValueError(f"a second mark has {BITS} bits, not {8 * len(bits)}")
    dark, light = _digits(bits), _digits(_SYNC)
    for row in range(TILE):
        cells, own = [""] * TILE, slice(row * TILE // 2, (row + 1) * TILE // 2)
        # The dark fields are those whose row and column together are odd.
        cells[(row + 1) % 2 :: 2], cells[row % 2 :: 2] = dark[own], light[own]
        yield cells


def _digits(data: bytes) -> str:
    return f"{int.from_bytes(data):0{8 * len(data)}b}"


def cell(width: float, height: float) -> float:
    """The side of a cell on a page of that size, in the unit of the size."""
    size = min(width, height) / ACROSS
    # Without this, a very long and narrow page would take thousands of pictures.
    return max(size, math.sqrt(width * height / MOST_PICTURES) / SIDE, max(width, height) / SIDE / MOST_PICTURES)


def places(width: float, height: float) -> list[tuple[float, float, float]]:
    """Left, top and side of each picture on a page of that size, from its top left corner."""
    side = SIDE * cell(width, height)
    across, down = math.ceil(width / side - 1e-6), math.ceil(height / side - 1e-6)
    return [(column * side, row * side, side) for row in range(down) for column in range(across)]
