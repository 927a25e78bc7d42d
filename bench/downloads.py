"""A gated download of 25 MB beside nginx, which sends the same bytes from a file."""

import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from cryptography.hazmat.backends.openssl.backend import backend
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench import pdfs
from bench.client import Fetched, fetch
from bench.figures import Part, Row, mib, ms, times
from bench.memory import Memory
from bench.servers import Server, environment, floor, nginx
from bench.within import ask

SIZE, PAGES = 25_000_000, 40
# As many at once as one web process sends, if it gets them all.
ROUNDS, AT_ONCE, ROUNDS_AT_ONCE = 10, 5, 3
# Each web worker computes the common part of the digest with its first copy.
WARM = 6
PATH = "/documents/measured-report/download/"
MIB = 2**20
# The sizes of the reports whose first bytes are compared, and how often each.
SIZES, FIRSTS = (1_000_000, 25_000_000, 100_000_000, 500_000_000), 15
PAGE = 10_000_000
GIGABIT = 125_000_000.0
MOST_FIRST, MOST_WHOLE, MOST_FLOOR = 0.005, 2.0, 1.4
# The aim for the whole download holds where AES alone takes at most this part of nginx's time.
FAST_AES = 0.3
MOST_GROWTH = 32 * MIB
FLAGS = ("aes", "avx2", "vaes", "vpclmulqdq", "avx512f")

Fetch = Callable[..., Fetched]


def measure(site: Server, data: Path) -> Part:
    files = data.with_suffix(".files")
    files.mkdir()
    pdfs.scans(files / "original.pdf", pages=PAGES, size=SIZE)
    rhea = ask(environment(data), "scene:report_granted", str(files / "original.pdf"))
    others = [ask(environment(data), "scene:reader_added", number) for number in range(AT_ONCE)]
    _settle(data)
    # Each worker has made a page before, so the memory that Django takes at its first page is not counted.
    for _page in range(4 * len(site.pids)):
        fetch(site.port, "/my/", headers=rhea)
    ours = partial(fetch, site.port, PATH, headers=rhea, method="POST")
    memory = Memory(site.pids)
    with (files / "copy.pdf").open("wb") as copy:
        ours(keep=copy)
    # Otherwise each commit would wait for the disk to write this file too.
    os.sync()
    for _copy in range(WARM):
        ours()
    with nginx(files, workers=len(site.pids)) as beside, floor(files / "copy.pdf", data) as bottom:
        theirs = partial(fetch, beside.port, "/copy.pdf")
        rows = _alone(ours, theirs, partial(fetch, bottom.port, "/"))
        rows.append(_memory_row(memory, f"{1 + WARM + 2 * ROUNDS} downloads, one after the other"))
        rows += _together([partial(fetch, site.port, PATH, headers=one, method="POST") for one in others], theirs, site)
    rows.append(_first_bytes(site, data, rhea))
    return Part("Gated download", "bench/run downloads", rows)


def _settle(data: Path) -> None:
    ask(environment(data), "scene:settled")
    os.sync()


def _alone(ours: Fetch, theirs: Fetch, bare: Fetch) -> list[Row]:
    """One reader: the time to the first byte, to the last, and of each part; each round measures all of them in turn."""
    theirs()
    bare()
    rounds = [(ours(), theirs(), bare(), ours(line=GIGABIT), theirs(line=GIGABIT)) for _round in range(ROUNDS)]
    size = rounds[0][0].size
    aes = median(_deciphering(size) for _round in range(ROUNDS))
    first, first_beside = (median(one[place].first for one in rounds) for place in (0, 1))
    whole, beside, least, far, far_beside = (median(one[place].total for one in rounds) for place in range(5))
    fast = aes <= FAST_AES * beside
    return [
        Row(
            name="25 MB download, first byte",
            ours=ms(first),
            theirs=ms(first_beside),
            aim=f"at most {MOST_FIRST * 1000:.0f} ms",
            met=first <= MOST_FIRST,
            note="From before connecting. Session, access check, record and mark come before it, most of it Python, so it "
            "depends on how Python was built.",
        ),
        Row(
            name="25 MB download, whole",
            ours=ms(whole),
            theirs=ms(beside),
            ratio=times(whole / beside),
            aim=f"at most {MOST_WHOLE}x" if fast else "",
            met=whole <= MOST_WHOLE * beside if fast else None,
            note=f"The marked copy of a {size:,}-byte report, its SHA-256 committed before the last byte is sent, beside nginx "
            f"with the same bytes; medians of {ROUNDS} rounds in turn, a new connection each. The aim holds where AES alone "
            f"takes at most {FAST_AES} of nginx's time.",
        ),
        Row(
            name="the same on a gigabit line",
            ours=ms(far),
            theirs=ms(far_beside),
            ratio=times(far / far_beside),
            note="The reader takes 125 MB a second; in the other rows it reads as fast as it can.",
        ),
        Row(
            name="decrypting and sending only",
            ours=ms(least),
            theirs=ms(beside),
            ratio=times(least / beside),
            aim=f"at most {MOST_FLOOR}x" if fast else "",
            met=least <= MOST_FLOOR * beside if fast else None,
            note="`bench/floor.py`: a loop that decrypts the vault's format and writes to the socket, without session, access "
            "check, record, mark and HTTP server.",
        ),
        Row(
            name="AES-256-GCM only",
            ours=f"{ms(aes)}, {size / aes / 1e9:.1f} GB/s",
            theirs=ms(beside),
            ratio=times(aes / beside),
            note=f"As many bytes decrypted in memory on one core, 1 MiB at a time, and nothing sent: {_cipher()}.",
        ),
    ]


def _deciphering(size: int) -> float:
    """Seconds that OpenSSL takes for `size` bytes in pieces of 1 MiB."""
    cipher, nonce, buffer = AESGCM(bytes(32)), bytes(12), bytearray(MIB)
    encrypted = cipher.encrypt(nonce, bytes(MIB), None)
    start = perf_counter()
    for _piece in range(round(size / MIB)):
        cipher.decrypt_into(nonce, encrypted, None, buffer)
    return perf_counter() - start


def _cipher() -> str:
    """The OpenSSL that decrypts, and the processor's features for it."""
    found = re.search(r"^flags\s*:(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    flags = set(found[1].split()) if found else set()
    has = ", ".join(flag for flag in FLAGS if flag in flags) or "none of " + ", ".join(FLAGS)
    return f"{backend.openssl_version_text()} in cryptography {version('cryptography')}; processor flags {has}"


def _together(downloads: Sequence[Fetch], theirs: Fetch, site: Server) -> list[Row]:
    memory = Memory(site.pids)
    rounds = [(_at_once(downloads), _at_once([theirs] * AT_ONCE)) for _round in range(ROUNDS_AT_ONCE)]
    took, beside = (median(one[place] for one in rounds) for place in (0, 1))
    return [
        Row(
            name=f"{AT_ONCE} downloads at once, all",
            ours=ms(took),
            theirs=ms(beside),
            ratio=times(took / beside),
            note=f"{AT_ONCE} readers start together; until the last byte of the last, median of {ROUNDS_AT_ONCE} rounds.",
        ),
        _memory_row(memory, f"{ROUNDS_AT_ONCE * AT_ONCE} downloads, {AT_ONCE} at once"),
    ]


def _memory_row(memory: Memory, what: str) -> Row:
    grown, left = memory.growth, memory.now() - memory.before
    return Row(
        name=f"memory, {what}",
        ours=f"+{mib(grown)}",
        aim=f"under {mib(MOST_GROWTH)}",
        met=grown < MOST_GROWTH,
        note=f"The peak of all web workers above what they held before; {mib(left)} remained.",
    )


def _first_bytes(site: Server, data: Path, rhea: dict[str, str]) -> Row:
    """How long readers of small and large reports wait for the first byte."""
    paths = []
    for size in SIZES:
        slug, source = f"report-of-{size // 1_000_000}-mb", data.with_suffix(f".{size}.pdf")
        pdfs.scans(source, pages=max(1, size // PAGE), size=size, alike=True)
        ask(environment(data), "scene:report_added", slug, str(source))
        source.unlink()
        paths.append(f"/documents/{slug}/download/")
    # A person's downloads per hour are limited, and the rounds need all of them.
    ask(environment(data), "scene:an_hour_later")

    def first(path: str) -> float:
        return fetch(site.port, path, headers=rhea, method="POST").first

    for path in paths:
        first(path)
    ask(environment(data), "scene:an_hour_later")
    _settle(data)
    rounds = [[first(path) for path in paths] for _round in range(FIRSTS)]
    columns = [[one[place] for one in rounds] for place in range(len(paths))]
    medians = [median(column) for column in columns]
    # The noise of a median: the largest interquartile range of a size, divided by the root of its count.
    halves = [quantiles(column, n=4) for column in columns]
    noise = max(upper - lower for lower, _middle, upper in halves) / FIRSTS**0.5 * 2
    steady = max(medians) - min(medians) <= noise
    return Row(
        name="first byte of 1, 25, 100 and 500 MB",
        ours=", ".join(ms(seconds) for seconds in medians),
        aim=f"at most {MOST_FIRST * 1000:.0f} ms, the same within noise",
        met=max(medians) <= MOST_FIRST and steady,
        note=f"Medians of {FIRSTS} whole downloads each, in turn; such a median is uncertain by {ms(noise)} (twice the middle "
        "half of its sample over the root of the sample's size).",
    )


def _at_once(downloads: Sequence[Fetch]) -> float:
    started = perf_counter()
    with ThreadPoolExecutor(len(downloads)) as readers:
        list(readers.map(lambda one: one(), downloads))
    return perf_counter() - started
