"""QR codes (ISO/IEC 18004) of addresses: bytes, error correction level M, versions 1 to 10.

Knows no Django. The tests hold it to symbols that another implementation made and a scanner read.
"""

from collections.abc import Callable, Iterable, Iterator

# Of each version: how many codewords correct errors in each block, and how many data codewords each block has.
BLOCKS: dict[int, tuple[int, tuple[int, ...]]] = {
    1: (10, (16,)),
    2: (16, (28,)),
    3: (26, (44,)),
    4: (18, (32, 32)),
    5: (24, (43, 43)),
    6: (16, (27, 27, 27, 27)),
    7: (18, (31, 31, 31, 31)),
    8: (22, (38, 38, 39, 39)),
    9: (22, (36, 36, 36, 37, 37)),
    10: (26, (43, 43, 43, 43, 44)),
}
# Where the centres of alignment patterns lie.
CENTRES: dict[int, tuple[int, ...]] = {
    1: (),
    2: (6, 18),
    3: (6, 22),
    4: (6, 26),
    5: (6, 30),
    6: (6, 34),
    7: (6, 22, 38),
    8: (6, 24, 42),
    9: (6, 26, 46),
    10: (6, 28, 50),
}
# The light border that scanners need, in modules.
QUIET = 4
LEVEL_M = 0b00

Grid = list[list[bool]]


class TooLong(ValueError):
    """The text does not fit into the largest symbol."""


def svg(text: str) -> bytes:
    """The text as an SVG, dark on white. Raises TooLong for more than 213 bytes."""
    grid = symbol(text)
    size = len(grid) + 2 * QUIET
    path = "".join(f"M{x + QUIET} {y + QUIET}.5h{run}" for y, row in enumerate(grid) for x, run in _runs(row))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size * 8}" height="{size * 8}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{size}v{size}H0z"/>'
        f'<path stroke="#000" d="{path}"/></svg>\n'
    ).encode()


def symbol(text: str) -> Grid:
    """The modules of the symbol, row by row; True is dark. The mask is the one with the lowest penalty."""
    data = text.encode()
    version = next((one for one in BLOCKS if len(data) <= _room(one)), None)
    if version is None:
        raise TooLong(f"{len(data)} bytes")
    bits = [bit for byte in _interleaved(_codewords(data, version), version) for bit in _bits(byte, 8)]
    fixed, grid = _patterns(version)
    _place(grid, fixed, bits)
    masked = [_masked(grid, fixed, mask) for mask in range(8)]
    return min(masked, key=_penalty)


def _room(version: int) -> int:
    """How many bytes of text a version takes, beside its mode and its count."""
    return (sum(BLOCKS[version][1]) * 8 - 4 - _count_bits(version)) // 8


def _count_bits(version: int) -> int:
    return 8 if version < 10 else 16


def _bits(value: int, width: int) -> Iterator[int]:
    return (value >> at & 1 for at in range(width - 1, -1, -1))


def _codewords(data: bytes, version: int) -> list[int]:
    """Mode, count, text and padding, as bytes."""
    room = sum(BLOCKS[version][1])
    bits = [*_bits(0b0100, 4), *_bits(len(data), _count_bits(version))]
    bits += [bit for byte in data for bit in _bits(byte, 8)]
    bits += [0] * min(4, room * 8 - len(bits))
    bits += [0] * (-len(bits) % 8)
    words = [int("".join(map(str, bits[at : at + 8])), 2) for at in range(0, len(bits), 8)]
    return words + [(0xEC, 0x11)[n % 2] for n in range(room - len(words))]


# Reed-Solomon over GF(256), modulo x^8 + x^4 + x^3 + x^2 + 1.


def _times(one: int, other: int) -> int:
    product = 0
    for bit in _bits(other, 8):
        product = product << 1 ^ (0x11D if product & 0x80 else 0)
        product ^= one if bit else 0
    return product


def _correction(words: Iterable[int], count: int) -> list[int]:
    """The codewords that correct errors in a block: the remainder of its polynomial."""
    divisor, root = [0] * (count - 1) + [1], 1
    for _ in range(count):
        divisor = [_times(one, root) ^ following for one, following in zip(divisor, [*divisor[1:], 0], strict=True)]
        root = _times(root, 2)
    left = [0] * count
    for word in words:
        factor = word ^ left[0]
        left = [one ^ _times(by, factor) for one, by in zip([*left[1:], 0], divisor, strict=True)]
    return left


def _interleaved(words: list[int], version: int) -> list[int]:
    """The data of all blocks in turn, then what corrects them in turn."""
    count, lengths = BLOCKS[version]
    blocks, at = [], 0
    for length in lengths:
        blocks.append(words[at : at + length])
        at += length
    correcting = [_correction(block, count) for block in blocks]
    data = [block[n] for n in range(max(lengths)) for block in blocks if n < len(block)]
    return data + [block[n] for n in range(count) for block in correcting]


# The grid


def _patterns(version: int) -> tuple[Grid, Grid]:
    """Which modules are no data, and a grid with the fixed patterns. The format is written with the mask."""
    size = version * 4 + 17
    fixed: Grid = [[False] * size for _ in range(size)]
    grid: Grid = [[False] * size for _ in range(size)]

    def put(x: int, y: int, dark: bool) -> None:
        if 0 <= x < size and 0 <= y < size:
            fixed[y][x], grid[y][x] = True, dark

    for n in range(size):
        put(6, n, n % 2 == 0)
        put(n, 6, n % 2 == 0)
    for left, top in ((3, 3), (size - 4, 3), (3, size - 4)):
        for dy in range(-4, 5):
            for dx in range(-4, 5):
                put(left + dx, top + dy, max(abs(dx), abs(dy)) not in {2, 4})
    centres = CENTRES[version]
    corners = {(6, 6), (6, size - 7), (size - 7, 6)}
    for y in centres:
        for x in centres:
            if (x, y) not in corners:
                for dy in range(-2, 3):
                    for dx in range(-2, 3):
                        put(x + dx, y + dy, max(abs(dx), abs(dy)) != 1)
    for x, y in _format_places(size):
        put(x, y, False)
    put(8, size - 8, True)
    if version >= 7:
        _write_version(version, size, put)
    return fixed, grid


def _write_version(version: int, size: int, put: Callable[[int, int, bool], None]) -> None:
    for n, bit in enumerate(reversed(list(_bits(_checked(version, 0x1F25, 12), 18)))):
        across, down = size - 11 + n % 3, n // 3
        put(across, down, bool(bit))
        put(down, across, bool(bit))


def _checked(value: int, divisor: int, width: int) -> int:
    """The value with the bits that correct errors in it (BCH)."""
    rest = value
    for _ in range(width):
        rest = rest << 1 ^ (rest >> (width - 1)) * divisor
    return value << width | rest


def _format_places(size: int) -> list[tuple[int, int]]:
    """Where the fifteen bits of the format lie, the first bit first, in both places."""
    one = [(8, n) for n in range(6)] + [(8, 7), (8, 8), (7, 8)] + [(14 - n, 8) for n in range(9, 15)]
    other = [(size - 1 - n, 8) for n in range(8)] + [(8, size - 15 + n) for n in range(8, 15)]
    return one + other


def _place(grid: Grid, fixed: Grid, bits: list[int]) -> None:
    """Writes the data in columns of two, upwards and downwards in turn, from the right."""
    size, left = len(grid), iter(bits)
    for turn, right in enumerate(one if one > 6 else one - 1 for one in range(size - 1, 0, -2)):
        for step in range(size):
            y = size - 1 - step if turn % 2 == 0 else step
            for x in (right, right - 1):
                if not fixed[y][x]:
                    grid[y][x] = bool(next(left, 0))


def _is_turned(mask: int, x: int, y: int) -> bool:
    match mask:
        case 0:
            return (x + y) % 2 == 0
        case 1:
            return y % 2 == 0
        case 2:
            return x % 3 == 0
        case 3:
            return (x + y) % 3 == 0
        case 4:
            return (x // 3 + y // 2) % 2 == 0
        case 5:
            return x * y % 2 + x * y % 3 == 0
        case 6:
            return (x * y % 2 + x * y % 3) % 2 == 0
        case _:
            return ((x + y) % 2 + x * y % 3) % 2 == 0


def _masked(grid: Grid, fixed: Grid, mask: int) -> Grid:
    size = len(grid)
    found = [
        [dark ^ (not fixed[y][x] and _is_turned(mask, x, y)) for x, dark in enumerate(row)]
        for y, row in enumerate(grid)
    ]
    format = _checked(LEVEL_M << 3 | mask, 0x537, 10) ^ 0x5412
    bits = [bool(format >> n & 1) for n in range(15)]
    for (x, y), bit in zip(_format_places(size), bits * 2, strict=True):
        found[y][x] = bit
    return found


def _penalty(grid: Grid) -> int:
    """How badly a symbol can be read: long runs, blocks, what looks like a corner, and too much of one colour."""
    size, points = len(grid), 0
    lines = [*grid, *(list(column) for column in zip(*grid, strict=True))]
    for line in lines:
        text = "".join("1" if dark else "0" for dark in line)
        run = 1
        for at in range(1, size + 1):
            if at < size and line[at] == line[at - 1]:
                run += 1
                continue
            points += run - 2 if run >= 5 else 0
            run = 1
        points += 40 * sum(text[at : at + 11] in {"10111010000", "00001011101"} for at in range(size - 10))
    for y in range(size - 1):
        for x in range(size - 1):
            points += 3 * (grid[y][x] == grid[y][x + 1] == grid[y + 1][x] == grid[y + 1][x + 1])
    dark = sum(map(sum, grid)) * 100 / size**2
    return points + 10 * int(abs(dark - 50) / 5)


def _runs(row: list[bool]) -> Iterator[tuple[int, int]]:
    """The dark runs of a row: where each begins, and how long it is."""
    at = 0
    while at < len(row):
        length = 0
        while at + length < len(row) and row[at + length]:
            length += 1
        if length:
            yield at, length
        at += max(1, length)
