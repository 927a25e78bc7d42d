"""The full run: python -m tests.crash --kills 100 --database sqlite --database postgresql"""

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.crash.run import Plan, crash
from tests.crash.site import Kind


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--users", type=int, default=20, help="simulated prospects, beside two approvers and an editor")
    parser.add_argument("--minutes", type=float, default=60, help="stop killing after so long, for a busy machine")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="repeats the choices of a run")
    parser.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    parser.add_argument("--kind", action="append", type=Kind, choices=list(Kind), help="kill only these; repeatable")
    parser.add_argument("--keep", action="store_true", help="leave the data folder where it is, to look into")
    chosen = parser.parse_args()
    worst = 0
    for database in chosen.database or ["sqlite", "postgresql"]:
        print(f"{database}: {chosen.kills} kills, {chosen.users} users, seed {chosen.seed}", flush=True)
        url = ""
        if database == "postgresql":
            from tests import postgres

            url = postgres.start()
        folder = Path(tempfile.mkdtemp(prefix="trustcenter-crash-"))
        plan = Plan(
            chosen.kills,
            chosen.users,
            seed=chosen.seed,
            seconds_at_most=chosen.minutes * 60,
            kinds=tuple(chosen.kind or Kind),
        )
        outcome = crash(folder / "data", plan, url)
        print(f"{database}: {outcome}")
        for words in outcome.broken:
            print(f"  BROKEN {words}")
        print("  every promise was kept" if not outcome.broken else f"  {len(outcome.broken)} broken; {folder}")
        worst |= bool(outcome.broken)
        # Keep the folder of a run that broke a promise: it contains the site's log.
        if not (outcome.broken or chosen.keep):
            shutil.rmtree(folder)
    return worst


if __name__ == "__main__":
    sys.exit(main())
