"""The desk's pages with years of requests, on PostgreSQL."""

from pathlib import Path

from bench.databases import migrate
from bench.figures import Part, Row, ms
from bench.servers import Server, environment
from bench.within import ask
from tests import postgres

REQUESTS, COMPANIES, DELIVERIES, ROUNDS = 100_000, 5_000, 200_000, 15
MOST_SECONDS, MOST_QUERIES, MOST_DRY_RUN = 0.1, 12, 5.0
PAGES = {
    "/desk/": "the queue",
    "/desk/?page=40": "its page 40",
    "/desk/?status=mine": "my requests",
    "/desk/?sort=company": "by company",
    "/desk/?q=company77": "a search among the open ones",
    "/desk/?status=decided&page=3900": "the last page but a few of what is decided",
    "/desk/?status=granted&page=2900": "the last page but a few of what was granted",
    "/desk/analytics/": "analytics of 13 weeks",
    "/desk/analytics/?weeks=52": "analytics of a year",
    "/desk/requests/{request}/": "one request",
    "/desk/companies/": "companies",
    "/desk/companies/?page=150": "their page 150",
    "/desk/companies/{company}/": "one company",
    "/desk/review/": "access review",
}


def measure(site: Server, data: Path) -> Part:
    env = environment(data.with_suffix(".desk"), postgres.start(lasting=True))
    migrate(env)
    filled = ask(env, "desk_scene:filled", REQUESTS, COMPANIES, DELIVERIES, seconds=1200)
    found = ask(env, "desk_scene:pages", list(PAGES), ROUNDS)
    rows = [
        Row(
            name=name,
            ours=f"{ms(found[address]['seconds'])}, {found[address]['queries']} queries",
            aim=f"{ms(MOST_SECONDS)}, {MOST_QUERIES} queries",
            met=found[address]["seconds"] <= MOST_SECONDS and found[address]["queries"] <= MOST_QUERIES,
            note=f"`{address}` for a signed-in administrator, in process, median of {ROUNDS}.",
        )
        for address, name in PAGES.items()
    ]
    tried = ask(env, "desk_scene:dry_run")
    rows.append(
        Row(
            name=f"dry run over {tried['requests']:,} requests",
            ours=f"{tried['seconds']:.1f} s",
            aim=f"{MOST_DRY_RUN:.0f} s for 10,000",
            met=tried["seconds"] * 10_000 / tried["requests"] <= MOST_DRY_RUN,
            note="Two rules on every request that people decided in 90 days, with the findings stored.",
        )
    )
    return Part(
        "The desk after three years",
        "bench/run desk",
        rows,
        f"PostgreSQL with {filled['requests']:,} requests, 2,000 of them open, {COMPANIES:,} companies and "
        f"{filled['deliveries']:,} deliveries. Everybody to whom something is open has signed. Vacuumed once after the rows "
        "were written.",
    )
