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
    uncached = [load(site.url + address, UNCACHED_SECONDS, vary=True) for address in UNCACHED]
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
    for address, found, count in zip(UNCACHED, uncached, counts, strict=True):
        rows.append(
            Row(
                name=f"{address} without the cache",
                ours=f"{rate(found.rate)}, {count} queries",
                aim="at most 10 queries",
                met=count <= 10,
                note=f"The same load with a new query string each time, so every page is rendered; 99th percentile {ms(found.p99)}.",
            )
        )
    return Part("Public pages", "bench/run pages", rows)


def _middle(loads: list[Load]) -> Load:
    return Load(*(median(getattr(one, field) for one in loads) for field in ("rate", "p50", "p99")))
