"""A public page, with and without the cache, compared with nginx and the same bytes."""

import urllib.request
from pathlib import Path
from statistics import median

from bench.client import Load, load
from bench.figures import Part, Row, ms, percent, rate
from bench.servers import Server, environment, nginx
from bench.within import ask

ROUNDS, SECONDS, UNCACHED_SECONDS = 3, 6, 4
UNCACHED = ("/", "/answers/?q=data")
CLAIMS = 1_000
# So often that each process has made a page once.
WARM = 8
# No session has this key, so the page is the one of a stranger, and rendered each time.
NO_SESSION = "session=0123456789abcdefghijklmnopqrstuv"
MOST_QUERIES, LEAST_RATE = 10, 100


def measure(site: Server, data: Path) -> Part:
    files = data.with_suffix(".pages")
    files.mkdir()
    (files / "index.html").write_bytes(urllib.request.urlopen(f"{site.url}/").read())
    ours, theirs = [], []
    with nginx(files, workers=len(site.pids)) as beside:
        for server in (site, beside):
            load(f"{server.url}/", 1)
        for _round in range(ROUNDS):
            ours.append(load(f"{site.url}/", SECONDS))
            theirs.append(load(f"{beside.url}/", SECONDS))
    varied = load(f"{site.url}/", SECONDS, vary=True)
    ask(environment(data), "scene:claims", CLAIMS)
    for address in UNCACHED * WARM:
        # The first page after a change renders what everyone sees; so many at once would time out.
        urllib.request.urlopen(urllib.request.Request(site.url + address, headers={"Cookie": NO_SESSION})).read()
    uncached = [load(site.url + address, UNCACHED_SECONDS, cookie=NO_SESSION) for address in UNCACHED]
    counts = ask(environment(data), "inside:queries", *UNCACHED)
    us, them = _middle(ours), _middle(theirs)
    size = (files / "index.html").stat().st_size
    rows = [
        Row(
            name="overview from the cache",
            ours=rate(us.rate),
            theirs=rate(them.rate),
            ratio=percent(us.rate / them.rate),
            aim="at least 50 %",
            met=us.rate >= 0.5 * them.rate,
            note=f"`/` ({size:,} bytes), not signed in, 16 open connections, beside nginx with the same bytes as a file.",
        ),
        Row(
            name="99th percentile",
            ours=ms(us.p99),
            theirs=ms(them.p99),
            aim="under 15 ms",
            met=us.p99 < 0.015,
            note=f"Of the row above; the median was {ms(us.p50)}, that of nginx {ms(them.p50)}.",
        ),
    ]
    rows.append(
        Row(
            name="with unknown parameters",
            ours=rate(varied.rate),
            theirs=rate(them.rate),
            ratio=percent(varied.rate / them.rate),
            aim="at least 50 %",
            met=varied.rate >= 0.5 * them.rate,
            note=f"`/` with another made-up parameter in each address; 99th percentile {ms(varied.p99)}.",
        )
    )
    for address, found, count in zip(UNCACHED, uncached, counts, strict=True):
        rows.append(
            Row(
                name=f"{address} without the cache",
                ours=f"{rate(found.rate)}, {count} queries",
                aim=f"at least {LEAST_RATE}/s, at most {MOST_QUERIES} queries",
                met=count <= MOST_QUERIES and found.rate >= LEAST_RATE,
                note=f"The same load with the cookie of a session that is over, so every page is rendered, with {CLAIMS:,} "
                f"claims; 99th percentile {ms(found.p99)}.",
            )
        )
    return Part("Public pages", "bench/run pages", rows)


def _middle(loads: list[Load]) -> Load:
    return Load(*(median(getattr(one, field) for one in loads) for field in ("rate", "p50", "p99")))
