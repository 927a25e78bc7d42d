"""One run: a site and its simulated people, kills at random moments, and the check of every promise."""

import random
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.crash.mailserver import Inbox, listening
from tests.crash.office import Administrator, Legal
from tests.crash.people import Person, Prospect, Told
from tests.crash.site import CrashSite, Kind
from tests.crash.staff import Approver, Editor
from tests.documents import pdfs

# The weight of each kind; the whole site is rare, because it takes seconds to start again.
WEIGHTS = {Kind.WEB_WORKER: 30, Kind.WEB_SERVER: 15, Kind.TASK_WORKER: 30, Kind.CHILD: 20, Kind.SITE: 5}
CHILD_SECONDS, LEAVE_SECONDS, DRAIN_SECONDS, STAND_SECONDS = 20, 90, 180, 30


@dataclass(frozen=True)
class Plan:
    """The size of a run: kills, simulated prospects, and the seconds between two kills (shortest, longest)."""

    kills: int
    prospects: int = 20
    between: tuple[float, float] = (0.5, 3.5)
    seed: int = 0
    # On a busy machine the site takes long to start again, and a run ends with fewer kills.
    seconds_at_most: float = 3600
    kinds: tuple[Kind, ...] = tuple(Kind)


@dataclass
class Outcome:
    """The result of a run. `broken` is empty if every promise was kept."""

    plan: Plan
    broken: list[str]
    counts: dict[str, int]
    kills: dict[str, int]
    seconds: float
    drained: float
    answers: int
    connections_broken: int
    mails: int

    def __str__(self) -> str:
        kills = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kills.items()))
        counts = ", ".join(f"{count:,} {name}" for name, count in self.counts.items())
        return (
            f"seed {self.plan.seed}: {sum(self.kills.values())} kills ({kills}) in {self.seconds:.0f} s; "
            f"{self.answers:,} answers, {self.connections_broken} connections broken, {self.mails:,} mails handed over; "
            f"{counts}; drained in {self.drained:.0f} s after the restart"
        )


def crash(data: Path, plan: Plan, database_url: str = "") -> Outcome:
    """Starts a site in `data`, kills its processes while people use it, and then checks every promise."""
    with listening() as inbox:
        site = CrashSite(data, inbox.port, database_url)
        try:
            return _run(site, plan, inbox)
        finally:
            site.kill_everything()


def _run(site: CrashSite, plan: Plan, inbox: Inbox) -> Outcome:
    site.start()
    site.ask("sign_for_companies")
    told, stop = Told(), threading.Event()
    people = _people(site, plan, inbox, told, stop)
    threads = [threading.Thread(target=person.run, daemon=True) for person in people]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    try:
        _kill(site, plan)
        seconds = time.monotonic() - started
        _wait_for_a_download(told)
    finally:
        stop.set()
    for thread in threads:
        thread.join(LEAVE_SECONDS)
    if failure := next((person.failure for person in people if person.failure), None):
        raise failure
    if any(thread.is_alive() for thread in threads):
        raise RuntimeError("Somebody still waits for an answer.")
    site.kill_everything()
    site.start()
    drained = site.ask("drain", DRAIN_SECONDS)
    site.stop()
    verdict = site.ask("promises:check", _seen(people, told, inbox))
    return Outcome(
        plan=plan,
        broken=verdict["broken"],
        counts=verdict["counts"],
        kills=site.kills,
        seconds=seconds,
        drained=drained["seconds"],
        answers=sum(person.served for person in people),
        connections_broken=told.broken,
        mails=len(inbox.mails),
    )


def _people(site: CrashSite, plan: Plan, inbox: Inbox, told: Told, stop: threading.Event) -> list[Person]:
    staff = (site.port, told, stop, plan.seed)
    editor = Editor("edda@trust.example", *staff, files=uploads(plan.seed))
    legal = Legal("lena@trust.example", *staff, paper=pdfs.blank(pdfs.TEXT))
    colleagues = [Administrator("ada@trust.example", *staff), Approver("ben@trust.example", *staff), editor, legal]
    for colleague in colleagues:
        colleague.sign_in()
    return [
        *colleagues,
        *(
            Prospect(number, site.port, inbox, told, stop, plan.seed, paper=pdfs.blank(pdfs.TEXT))
            for number in range(1, plan.prospects + 1)
        ),
    ]


def uploads(seed: int) -> list[bytes]:
    """Good files, one of several megabytes for long downloads, and two that have to be refused."""
    noise = random.Random(seed).randbytes(4 * 1024 * 1024)
    return [
        pdfs.blank(),
        pdfs.blank(*[pdfs.TEXT] * 20),
        pdfs.blank(b"%" + noise.replace(b"\n", b" ").replace(b"\r", b" "), pdfs.TEXT),
        pdfs.encrypted(),
        b"%PDF-1.7\nnot much of a file\n%%EOF\n",
    ]


def _kill(site: CrashSite, plan: Plan) -> None:
    chance = random.Random(plan.seed)
    over = time.monotonic() + plan.seconds_at_most
    for _kill in range(plan.kills):
        if time.monotonic() > over:
            return
        # Mostly while the site serves people, sometimes while it starts again.
        if chance.random() < 0.6:
            _wait_until_it_answers(site)
        time.sleep(chance.uniform(*plan.between))
        kind = chance.choices(plan.kinds, [WEIGHTS[kind] for kind in plan.kinds])[0]
        # A sandboxed child lives for a second. If none starts in time, kill a worker instead.
        patience = time.monotonic() + CHILD_SECONDS
        while not site.kill(kind, chance):
            if time.monotonic() > patience:
                kind, patience = Kind.TASK_WORKER, time.monotonic() + 30
            time.sleep(0.01)


def _wait_until_it_answers(site: CrashSite) -> None:
    deadline = time.monotonic() + STAND_SECONDS
    while not site.answers() and time.monotonic() < deadline:
        time.sleep(0.1)


def _wait_for_a_download(told: Told) -> None:
    """Waits until at least one person has downloaded, or else a short run on a busy machine would check nothing."""
    deadline = time.monotonic() + LEAVE_SECONDS
    while not any(whole for _reader, _code, _sha256, whole in told.copies) and time.monotonic() < deadline:
        time.sleep(0.2)


def _seen(people: list[Person], told: Told, inbox: Inbox) -> dict[str, Any]:
    errors = [words for person in people for words in person.errors]
    return told.as_json() | {"mails": inbox.handed_over(), "errors": errors}
