"""The search over thousands of answers, on both databases."""

from pathlib import Path

from bench.databases import migrate
from bench.figures import Part, Row, ms
from bench.servers import Server, environment
from bench.within import ask
from tests import postgres

CLAIMS, ROUNDS = 5_000, 15
MOST_SECONDS = 0.05
# What is typed, by what it stands for.
SEARCHES = {
    "two words": "encryption customers",
    "another name": "MFA",
    "the beginning of a word": "auth",
    "a word of every answer": "data",
    "a question": "do you have an access policy for backups?",
    "a typing error": "encrpytion of bakcups",
    "nothing": "zzzzzzzz",
    "a word and two filters": "keys&kind=claim&product=plan-1",
}


def measure(site: Server, data: Path) -> Part:
    rows = []
    for name, env in {
        "SQLite": environment(data.with_suffix(".search")),
        "PostgreSQL": environment(data.with_suffix(".searching"), postgres.start(lasting=True)),
    }.items():
        migrate(env)
        filled = ask(env, "search_scene:filled", CLAIMS, seconds=600)
        found = ask(env, "search_scene:searches", SEARCHES, ROUNDS)
        rows += [
            Row(
                name=f"{what}, {name}",
                ours=f"{ms(one['seconds'])}, {one['results']:,} results",
                aim=ms(MOST_SECONDS),
                met=one["seconds"] <= MOST_SECONDS,
                note=f"`/search/?q={SEARCHES[what]}`, the whole page without the cache, in process, median of {ROUNDS}.",
            )
            for what, one in found.items()
        ]
        rows += [
            Row(
                name=f"one answer changed, {name}",
                ours=f"{ms(filled['kept'])} of {ms(filled['changed'])}",
                note="How much of a change the rows of the search take; the rest is the answer, its revision and the log.",
            ),
            Row(name=f"whole index rebuilt, {name}", ours=ms(filled["made"]), note="The first change after a release."),
        ]
    return Part(
        "Search", "bench/run search", rows, f"{CLAIMS:,} answers of about 45 words each; PostgreSQL vacuumed them once."
    )
