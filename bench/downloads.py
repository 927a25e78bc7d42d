"""A gated download of 25 MB beside nginx sending the same bytes as an open file."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench import pdfs
from bench.client import Fetched, fetch
from bench.figures import Part, Row, mib, ms, times
from bench.memory import Memory
from bench.servers import Server, environment, floor, nginx
from bench.within import ask

SIZE, PAGES = 25_000_000, 40
# So many at once as each web process sends, should one get them all.
ROUNDS, AT_ONCE, ROUNDS_AT_ONCE = 10, 5, 3
PATH = "/documents/measured-report/download/"
MIB = 2**20
# Reports of so many bytes, whose first bytes are compared, so many times each in turn.
SIZES, FIRSTS = (1_000_000, 25_000_000, 100_000_000, 500_000_000), 15
PAGE = 10_000_000
GIGABIT = 125_000_000.0
MOST_FIRST = 0.010

Fetch = Callable[..., Fetched]


def measure(site: Server, data: Path) -> Part:
    files = data.with_suffix(".files")
    files.mkdir()
    pdfs.scans(files / "original.pdf", pages=PAGES, size=SIZE)
    rhea = ask(environment(data), "scene:report_granted", str(files / "original.pdf"))
    others = [ask(environment(data), "scene:reader_added", number) for number in range(AT_ONCE)]
    ask(environment(data), "scene:settled")
    # Each worker has made a page before, so that what grows is not Django's own start.
    for _page in range(4 * len(site.pids)):
        fetch(site.port, "/my/", headers=rhea)
    ours = partial(fetch, site.port, PATH, headers=rhea, method="POST")
    memory = Memory(site.pids)
    with (files / "copy.pdf").open("wb") as copy:
        ours(keep=copy)
    with nginx(files, workers=len(site.pids)) as beside, floor(files / "copy.pdf", data) as bottom:
        theirs = partial(fetch, beside.port, "/copy.pdf")
        theirs()
        pairs = [(ours(), theirs()) for _round in range(ROUNDS)]
        paced = [(ours(line=GIGABIT), theirs(line=GIGABIT)) for _round in range(ROUNDS)]
        bare = [(fetch(bottom.port, "/"), theirs()) for _round in range(ROUNDS)]
        ciphers = [(_deciphering(pairs[0][0].size), theirs()) for _round in range(ROUNDS)]
        alone = memory.growth
        left = memory.now() - memory.before
        together = Memory(site.pids)
        one_each = [partial(fetch, site.port, PATH, headers=other, method="POST") for other in others]
        rounds = [(_at_once(one_each), _at_once([theirs] * AT_ONCE)) for _round in range(ROUNDS_AT_ONCE)]
        grown = together.growth
    first, first_beside = (median(pair[side].first for pair in pairs) for side in (0, 1))
    total, total_beside = (median(pair[side].total for pair in pairs) for side in (0, 1))
    far, far_beside = (median(pair[side].total for pair in paced) for side in (0, 1))
    together_took, together_beside = (median(pair[side] for pair in rounds) for side in (0, 1))
    size = pairs[0][0].size
    least, least_beside = (median(pair[side].total for pair in bare) for side in (0, 1))
    cipher, cipher_beside = median(pair[0] for pair in ciphers), median(pair[1].total for pair in ciphers)
    rows = [
        Row(
            name="25 MB download, first byte",
            ours=ms(first),
            theirs=ms(first_beside),
            told="From before connecting until the first byte: session, door, log and mark come before it. "
            "Most of it is Python at work, so how Python itself was built shows here more than anywhere else.",
        ),
        Row(
            name="25 MB download, whole",
            ours=ms(total),
            theirs=ms(total_beside),
            ratio=times(total / total_beside),
            aim="at most 1.5x",
            met=total <= 1.5 * total_beside,
            told=f"Rhea's marked copy of a {size:,}-byte report, its SHA-256 in the log before the last byte leaves, "
            f"against nginx sending that copy; medians of {ROUNDS} rounds in turn, a new connection each. "
            "What lies before the mark is the same for every reader: its part of the hash is counted at the first copy "
            "of each worker and continued at the others.",
        ),
        Row(
            name="the same on a gigabit line",
            ours=ms(far),
            theirs=ms(far_beside),
            ratio=times(far / far_beside),
            told="The reader takes 125 MB a second, as over gigabit Ethernet; above, bytes move as fast as this machine copies them.",
        ),
        Row(
            name="decrypting and sending, no more",
            ours=ms(least),
            theirs=ms(least_beside),
            ratio=times(least / least_beside),
            told=f"A loop that opens the vault's format in memory and writes {size:,} bytes to the socket (`bench/floor.py`), "
            "without session, door, log, mark or HTTP: what is left while files lie encrypted.",
        ),
        Row(
            name="AES-256-GCM, no more",
            ours=ms(cipher),
            theirs=ms(cipher_beside),
            ratio=times(cipher / cipher_beside),
            told="As many bytes decrypted in memory, a MiB at a time, by OpenSSL on one core, and nothing sent.",
        ),
        Row(
            name="memory it takes",
            ours=f"+{mib(alone)}",
            aim="under 32 MiB",
            met=alone < 32 * MIB,
            told=f"All web workers' peak over {ROUNDS + 1} downloads above what they held before the very first one; "
            f"{mib(left)} remained.",
        ),
        Row(
            name=f"{AT_ONCE} downloads at once, all",
            ours=ms(together_took),
            theirs=ms(together_beside),
            ratio=times(together_took / together_beside),
            told=f"{AT_ONCE} readers start together; until the last has its last byte, median of {ROUNDS_AT_ONCE} rounds.",
        ),
        Row(
            name="memory they take",
            ours=f"+{mib(grown)}",
            aim="under 32 MiB",
            met=grown < 32 * MIB,
            told=f"All web workers' peak during those {ROUNDS_AT_ONCE * AT_ONCE} downloads above what they held before.",
        ),
    ]
    rows.append(_first_bytes(site, data, rhea))
    return Part("Gated download", "bench/run downloads", rows)


def _deciphering(size: int) -> float:
    """Seconds that OpenSSL takes for `size` bytes in pieces of a MiB."""
    cipher, nonce, room = AESGCM(bytes(32)), bytes(12), bytearray(MIB)
    sealed = cipher.encrypt(nonce, bytes(MIB), None)
    start = perf_counter()
    for _piece in range(round(size / MIB)):
        cipher.decrypt_into(nonce, sealed, None, room)
    return perf_counter() - start


def _first_bytes(site: Server, data: Path, rhea: dict[str, str]) -> Row:
    """How long readers of small and large reports wait for the first byte."""
    paths = []
    for size in SIZES:
        slug, source = f"report-of-{size // 1_000_000}-mb", data.with_suffix(f".{size}.pdf")
        pdfs.scans(source, pages=max(1, size // PAGE), size=size, alike=True)
        ask(environment(data), "scene:report_added", slug, str(source))
        source.unlink()
        paths.append(f"/documents/{slug}/download/")
    ask(environment(data), "scene:settled")

    def first(path: str) -> float:
        return fetch(site.port, path, headers=rhea, method="POST").first

    for path in paths:
        first(path)
    # The rounds are as many downloads as one person may begin in an hour.
    ask(environment(data), "scene:an_hour_later")
    rounds = [[first(path) for path in paths] for _round in range(FIRSTS)]
    columns = [[round[place] for round in rounds] for place in range(len(paths))]
    medians = [median(column) for column in columns]
    # What the medians of one and the same size may differ by: the widest middle half of a size, over the root of its count.
    halves = [quantiles(column, n=4) for column in columns]
    noise = max(upper - lower for lower, _middle, upper in halves) / FIRSTS**0.5 * 2
    steady = max(medians) - min(medians) <= noise
    return Row(
        name="first byte of 1, 25, 100 and 500 MB",
        ours=", ".join(ms(seconds) for seconds in medians),
        aim="under 10 ms, the same within noise",
        met=max(medians) < MOST_FIRST and steady,
        told=f"Medians of {FIRSTS} whole downloads each, in turn; such a median is uncertain by {ms(noise)} (twice the middle "
        "half of its sample over the root of the sample's size).",
    )


def _at_once(downloads: Sequence[Fetch]) -> float:
    started = perf_counter()
    with ThreadPoolExecutor(len(downloads)) as readers:
        list(readers.map(lambda one: one(), downloads))
    return perf_counter() - started
