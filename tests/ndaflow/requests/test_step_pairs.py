"""Every pair of steps runs concurrently, with a pause while locks are held: no deadlock, and no record is lost.

One step pauses after it has taken a lock. The other runs until it ends or waits for the first, which then continues.
This checks the order of locks in docs/transactions.md. In the suite, chance draws which steps race and when the first
pauses; STEP_PAIRS_SEED repeats a run. With STEP_PAIRS=all, as in `make crash`, every two steps race in both orders, with a
pause somewhere before the last lock, and with all locks; with STEP_PAIRS=invit, those of them of which one has "invit" in its
name.
"""

import io
import os
import random
import threading
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count, product
from typing import Any

import pytest
from django.db import OperationalError, connection, connections
from django.db.models import F
from django.utils import timezone

from documents.access import Refused
from documents.delivery import deliver
from documents.intake import checking, publishing
from documents.intake import flows as uploads
from documents.models import AccessGrant, Document, DocumentVersion, Level
from documents.models.levels import MOST_INVITED
from documents.reading import flows as reading
from ndaflow.agreements import alone, confirming, coverage_changes, coverage_flows, signing
from ndaflow.agreements import flows as agreements
from ndaflow.agreements.models import Agreement, AgreementVersion, Signature
from ndaflow.agreements.papers.models import Paper
from ndaflow.agreements.papers.terms import Reach
from ndaflow.desk.companies import flows as companies
from ndaflow.desk.companies import moves
from ndaflow.desk.levels import flows as levels
from ndaflow.duty import flows as duty
from ndaflow.invitations import again
from ndaflow.invitations import flows as invitations
from ndaflow.invitations.models import Invitation
from ndaflow.privacy import flows as privacy
from ndaflow.privacy.models import Erasure
from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest, Decision
from ndaflow.rules import flows as rules
from tests import cast
from tests.audit import logs
from tests.documents import pdfs
from tests.documents.reading import shown
from tests.ndaflow import paperwork
from tests.ndaflow.invitations import scene as invited
from tests.ndaflow.rules import policies
from trustcenter import audit
from trustcenter.accounts.companies import flows as described
from trustcenter.accounts.models import Company, CompanyDomain, User
from trustcenter.audit import FlowError, erasing
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.audit.verify import verify
from trustcenter.vault import files as vault
from trustcenter.vault import sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

NUMBERS = count()
# How many pairs race in the suite.
RACES = 40
# Seconds after which a step that neither ends nor waits for a lock counts as stuck.
STUCK = 20
# And after which a step that was paused gives up.
PAUSED = 120
PLAN = "Enterprise"
REPORT = pdfs.blank(pdfs.TEXT)


@dataclass
class World:
    """The rows that all pairs share."""

    ada: User
    ben: User
    dora: User
    edda: User
    lena: User
    sal: User
    report: Document
    plan: Document
    extra: Document
    offers: list[Document]
    readable: bytes
    known: dict[str, Any]


class Scene:
    """One reader with the rows that the steps of a pair need. Each pair has its own scene, so it omits the rest."""

    granted: AccessRequest  # has opened the report
    ended: AccessRequest  # its grant has ended by the clock
    partly: AccessRequest  # open: one document is granted, the other waits for a second approval
    waiting: AccessRequest  # waits for a decision and for a signature of the newest text
    offered: AccessRequest  # the waiting one, forwarded to a colleague
    proposed: Signature  # of a colleague, under the newest text; it is meant to cover the reader, too
    paper: Paper  # for the waiting request, in place of a signature; legal has not decided
    other: Company  # of a colleague, with a request that waits for a signature; nobody has confirmed it
    customer: Company  # the reader's, whose plan may sign the agreement by itself
    erasure: Erasure  # asked for by the reader
    drafted: AccessRequest
    invitation: Invitation  # to the reader, for the first of the offers
    taken_up: AccessRequest  # the reader's draft for that document
    uploaded: DocumentVersion
    checked: DocumentVersion

    def __init__(self, world: World, *steps: Callable[["Scene"], object]) -> None:
        self.world, number = world, next(NUMBERS)
        # The scene before may have made the level stricter, and nothing would open in this one.
        let_approve(1, by=world.ada)
        # Each scene is a company of its own: what covers a company must not reach the readers of other scenes.
        self.rhea = cast.person(f"rhea@corp{number}.example", f"Rhea {number}")
        needs = {part for step in steps for part in STEPS[step].needs}
        self.newest = current_text()
        # Whoever reads the plan has signed in earnest: no draft was ever signed.
        signs = bool(needs & {"granted", "ended", "partly", "plan"})
        if signs:
            self.granted = self._granted(self.newest)
        if "plan" in needs:
            shown.let_in(self.rhea, world.plan)
        if "ended" in needs:
            self.ended = self._ended(number)
        if "partly" in needs:
            self.partly = self._partly(number)
        if signs:
            self.newest = cast.nda(f"# Text {number}, changed")
        if "waiting" in needs:
            self.waiting = cast.open_request(self.rhea, world.report, world.extra)
        if "customer" in needs:
            self.customer = self._customer()
        if "offered" in needs:
            self.otto = cast.person(f"otto@corp{number}.example", f"Otto {number}")
            self.offered = flows.forward(cast.fresh(self.waiting), by=self.rhea, email=self.otto.email)
        if "proposed" in needs:
            self.proposed = self._proposed(number)
        if "paper" in needs:
            self.paper = paperwork.uploaded(self.waiting, self.newest.agreement, paperwork.proven(self.rhea))
        if "other" in needs:
            self.other = self._other(number)
        if "erasure" in needs:
            self.erasure = privacy.ask_erasure(by=self.rhea)
        if "drafted" in needs:
            self.drafted = cast.draft(cast.document(f"drafted-{number}"), email=self.rhea.email)
        if "invited" in needs:
            self.invitation = invited.invite(world.sal, world.offers[0], email=self.rhea.email)
        if "taken_up" in needs:
            self.taken_up = cast.draft(world.offers[0], email=self.rhea.email)
        if "uploaded" in needs:
            self.uploaded = upload(world)
        if "checked" in needs:
            self.checked = upload(world)
            accept(world, self.checked)
        # Last: who has signed cannot forward the request or upload a paper.
        if "signed again" in needs:
            cast.sign(self.granted, self.rhea, self.newest)

    def _granted(self, signed: AgreementVersion) -> AccessRequest:
        request = cast.open_request(self.rhea, self.world.report)
        cast.sign(request, self.rhea, signed)
        return cast.fresh(cast.approve(request, self.world.ada))

    def _proposed(self, number: int) -> Signature:
        cora = cast.person(f"cora@corp{number}.example", f"Cora {number}")
        signature: Signature = cast.sign(cast.open_request(cora, self.world.extra), cora, self.newest)
        self._confirmed(cora)
        return signature

    def _confirmed(self, person: User) -> Company:
        person.refresh_from_db()
        assert person.company is not None
        # By the other step's part of the scene.
        return person.company if person.company.confirmed_at else cast.confirm_company(person, self.world.ada)

    def _other(self, number: int) -> Company:
        vera = cast.person(f"vera@other{number}.example", f"Vera {number}")
        cast.approve(cast.open_request(vera, self.world.extra), self.world.ada)
        vera.refresh_from_db()
        assert vera.company is not None
        return vera.company

    def _customer(self) -> Company:
        company = self._confirmed(self.rhea)
        details = described.Details(is_customer=True, plan=PLAN, owner=None, crm_id="")
        return described.describe(company, details, by=self.world.sal)

    def _ended(self, number: int) -> AccessRequest:
        old = cast.document(f"old-{number}")
        request = cast.open_request(self.rhea, old)
        cast.approve(request, self.world.ada)
        AccessGrant.objects.filter(document=old).update(ends_at=F("starts_at") + timedelta(microseconds=1))
        return cast.fresh(request)

    def _partly(self, number: int) -> AccessRequest:
        opened, held = cast.document(f"opened-{number}"), cast.document(f"held-{number}", "restricted")
        request = cast.open_request(self.rhea, opened, held)
        return cast.fresh(cast.approve(request, self.world.ada))


def current_text() -> AgreementVersion:
    version = Agreement.objects.get(slug="nda").current_version(timezone.now())
    assert version is not None
    return version


def make_world() -> World:
    readable = io.BytesIO()
    known = sandbox.run("documents.intake.reading_copy:prepare", io.BytesIO(REPORT), readable)
    ada, edda, lena = cast.ada(), cast.edda(), paperwork.lena()
    world = World(
        ada=ada,
        ben=cast.ben(),
        dora=cast.person("dora@trust.example", "Dora", "approver"),
        edda=edda,
        lena=lena,
        sal=cast.sal(),
        report=cast.document("report"),
        plan=shown.restricted(1, slug="plan"),
        extra=cast.document("extra"),
        offers=[cast.requestable("offer"), cast.requestable("other-offer")],
        readable=readable.getvalue(),
        known=known,
    )
    version = upload(world)
    accept(world, version)
    release(version, edda)
    offered = cast.nda(covers="company").agreement
    agreements.offer(offered, summary="", plans=[PLAN], widest="company", by=lena)
    invited.allow("nda", most=MOST_INVITED)
    policies.in_force(policies.rule("Two days", approve_days=2), by=ada, limit=900)
    return world


def upload(world: World) -> DocumentVersion:
    with vault.Draft(DocumentVersion(), "original") as draft:
        draft.write(REPORT)
        return uploads.upload(world.report, draft, by=world.edda)


def accept(world: World, version: DocumentVersion) -> object:
    return checking.accept(cast.keep_copy(version, world.readable, world.known))


def release(version: DocumentVersion, editor: User) -> None:
    stored = DocumentVersion.objects.select_related("document").get(pk=version.pk)
    publishing.publish(stored, publishing.usual_dates(stored), by=editor)


def ask(scene: Scene) -> object:
    return cast.draft(scene.world.extra, email=scene.rhea.email)


def open_draft(scene: Scene) -> object:
    return flows.open_draft(scene.drafted, by=scene.rhea, session_hash=cast.SESSION)


def sign(scene: Scene) -> object:
    return cast.sign(scene.waiting, scene.rhea, scene.newest)


def sign_alone(scene: Scene) -> object:
    agreement, rhea = scene.newest.agreement, User.objects.select_related("company").get(pk=scene.rhea.pk)
    text = alone.shown_alone(agreement, rhea, timezone.now())
    assert text is not None
    return alone.sign_alone(
        agreement,
        by=rhea,
        version_number=text.version.number,
        text_sha256=text.sha256,
        assent=signing.Assent(typed_name="Rhea Diaz", title="CISO", entity="Example Corp, Inc."),
        circumstances=cast.circumstances(),
    )


def decide(scene: Scene) -> object:
    return cast.approve(scene.waiting, scene.world.ada)


def decide_finally(scene: Scene) -> object:
    """The second approval, in another request of the same reader."""
    return cast.approve(scene.partly, scene.world.ben)


def decide_by_a_rule(scene: Scene) -> object:
    request = cast.fresh(scene.waiting)
    by_rules = Decision.objects.filter(item__request=request, decided_by=None)
    # The other step may be the same one, and have decided all of it.
    if by_rules.exists():
        return None
    rules.decide(request)
    return by_rules.exists()


def switch_rules(scene: Scene) -> object:
    """Off, and on again, so that each scene finds them on."""
    rules.switch_off(by=scene.world.ada, reason="A mistake.")
    return rules.switch_on(by=scene.world.ada)


def assign(scene: Scene) -> object:
    """To somebody who is never away: another one's deputy would take it."""
    return flows.assign(cast.fresh(scene.waiting), by=scene.world.ben, to=scene.world.ada)


def be_away(scene: Scene) -> object:
    return duty.be_away(paperwork.today(), paperwork.today(3), scene.world.dora, by=scene.world.ben)


def withdraw(scene: Scene) -> object:
    return flows.withdraw(cast.fresh(scene.waiting), by=scene.rhea)


def take_over(scene: Scene) -> object:
    return flows.take_over(cast.fresh(scene.offered), by=scene.otto, name="Otto")


def revoke(scene: Scene) -> object:
    return flows.revoke(scene.granted, by=scene.world.ada, reason="Over.")


def revoke_the_opened_part(scene: Scene) -> object:
    return flows.revoke(scene.partly, by=scene.world.ada, reason="Over.")


def revoke_person(scene: Scene) -> object:
    flows.revoke_person(scene.rhea, by=scene.world.ada, reason="Over.")
    return True


def renew(scene: Scene) -> object:
    return flows.renew(AccessGrant.objects.get(requested_document__request=scene.granted), by=scene.rhea)


def extend(scene: Scene) -> object:
    grant = AccessGrant.objects.get(requested_document__request=scene.granted)
    until = timezone.now() + timedelta(days=60)
    return flows.extend(grant, until=until, reason="The review goes on.", by=scene.world.ada)


def expire(scene: Scene) -> object:
    return flows.expire(scene.ended)


def publish(scene: Scene) -> object:
    return cast.nda(f"# Text {next(NUMBERS)}, for everyone", "now")


def confirm_coverage(scene: Scene) -> object:
    return confirming.confirm(scene.proposed, by=scene.world.ada)


def decline_coverage(scene: Scene) -> object:
    return confirming.decline(scene.proposed, reason="Only their department.", by=scene.world.ada)


def end_coverage(scene: Scene) -> object:
    return coverage_flows.end(scene.rhea.coverage.get(ended_at=None), reason="Over.", by=scene.world.ada)


def accept_paper(scene: Scene) -> object:
    terms = {"reach": Reach("person", person=scene.rhea), "dates": paperwork.dates(), "vouched": True}
    paper = Paper.objects.get(pk=scene.paper.pk)
    flows.accept_paper(paper, **terms, countersigned=False, by=scene.world.lena)
    return True


def file_paper(scene: Scene) -> object:
    return paperwork.filed(scene.newest.agreement, scene.world.lena, Reach("person", person=scene.rhea))


def move_domain(scene: Scene) -> object:
    domain = CompanyDomain.objects.get(domain=scene.rhea.domain)
    companies.move_domain(domain, scene.other, seen=moves.of_domain(domain).seen, by=scene.world.ada)
    return True


def merge(scene: Scene) -> object:
    scene.rhea.refresh_from_db()
    assert scene.rhea.company is not None
    seen = moves.of_merge(scene.other).seen
    return companies.merge(scene.other, scene.rhea.company, seen=seen, by=scene.world.ada)


def arrive(scene: Scene) -> object:
    return accept(scene.world, scene.uploaded)


def publish_version(scene: Scene) -> object:
    release(scene.checked, scene.world.edda)
    return True


def change_class(scene: Scene) -> object:
    with audit.change(by=scene.world.edda) as change:
        document = Document.objects.get(slug="extra")
        document.level = cast.level("restricted" if document.level.slug == "nda" else "nda")
        document.save()
        change.record(Action.CONTENT_CHANGED, subject=document, kind="document", name=document.title, fields=["Class"])
    return True


def change_level(scene: Scene) -> object:
    """Stricter, for everyone whom it reaches."""
    return let_approve(2, by=scene.world.ada)


def let_approve(people: int, *, by: User) -> object:
    """Lets so many people decide about documents of the level that the scenes use."""
    before = Level.objects.get(slug="nda")
    if before.approvals == people:
        return None
    after = copy(before)
    after.approvals = people
    everyone = User.objects.values_list("pk", flat=True)
    return levels.change(after, before=before, shutting_out=list(everyone), by=by)


def download(scene: Scene) -> object:
    copied = deliver("report", reader=scene.rhea, session_key="s")
    copied.chunks.close()
    return copied


def read(scene: Scene) -> object:
    return reading.start("plan", reader=scene.rhea, session_key="s")


def invite(scene: Scene) -> object:
    return invited.invite(scene.world.sal, scene.world.offers[1], email=scene.rhea.email)


def use_invitation(scene: Scene) -> object:
    return flows.open_draft(scene.taken_up, by=scene.rhea, session_hash=cast.SESSION)


def send_invitation_again(scene: Scene) -> object:
    again.send_again(scene.invitation, by=scene.world.sal)
    return True


def withdraw_invitation(scene: Scene) -> object:
    invitations.withdraw(scene.invitation, by=scene.world.ada)
    return True


def erase_person(scene: Scene) -> object:
    privacy.carry_out_erasure(Erasure.objects.get(pk=scene.erasure.pk), by=scene.world.lena)
    return True


def erase(scene: Scene) -> object:
    return erasing.erase(erasing.Whom(scene.rhea.pk, scene.rhea.email), by=scene.rhea)


@dataclass(frozen=True)
class Step:
    """The action that a step records, and the parts of a scene that it needs."""

    action: Action
    needs: frozenset[str] = frozenset()


def leaves(action: Action, *needs: str) -> Step:
    return Step(action, frozenset(needs))


STEPS: dict[Callable[[Scene], object], Step] = {
    ask: leaves(Action.REQUEST_DRAFTED),
    open_draft: leaves(Action.REQUEST_OPENED, "drafted"),
    sign: leaves(Action.REQUEST_SIGNED, "granted", "waiting"),
    sign_alone: leaves(Action.REQUEST_SIGNED, "waiting", "customer"),
    decide: leaves(Action.REQUEST_APPROVED, "granted", "waiting"),
    decide_finally: leaves(Action.REQUEST_APPROVED, "granted", "partly"),
    withdraw: leaves(Action.REQUEST_WITHDRAWN, "waiting"),
    take_over: leaves(Action.REQUEST_TAKEN_OVER, "waiting", "offered"),
    revoke: leaves(Action.REQUEST_REVOKED, "granted"),
    revoke_the_opened_part: leaves(Action.REQUEST_REVOKED, "partly"),
    revoke_person: leaves(Action.PERSON_REVOKED, "granted", "waiting"),
    renew: leaves(Action.REQUEST_OPENED, "granted"),
    extend: leaves(Action.REQUEST_EXTENDED, "granted", "signed again"),
    expire: leaves(Action.REQUEST_EXPIRED, "ended"),
    publish: leaves(Action.AGREEMENT_PUBLISHED),
    confirm_coverage: leaves(Action.COVERAGE_CONFIRMED, "waiting", "proposed"),
    decline_coverage: leaves(Action.COVERAGE_DECLINED, "waiting", "proposed"),
    end_coverage: leaves(Action.COVERAGE_ENDED, "granted"),
    arrive: leaves(Action.VERSION_ACCEPTED, "uploaded"),
    publish_version: leaves(Action.VERSION_PUBLISHED, "checked"),
    change_class: leaves(Action.CONTENT_CHANGED),
    download: leaves(Action.DELIVERY_STARTED, "granted"),
    read: leaves(Action.READING_STARTED, "plan"),
    decide_by_a_rule: leaves(Action.RULE_APPROVED, "granted", "waiting"),
    switch_rules: leaves(Action.RULES_SWITCHED_ON),
    assign: leaves(Action.REQUEST_ASSIGNED, "waiting"),
    be_away: leaves(Action.DESK_ABSENCE_SET),
    accept_paper: leaves(Action.PAPER_ACCEPTED, "waiting", "paper"),
    file_paper: leaves(Action.PAPER_FILED, "waiting"),
    move_domain: leaves(Action.COMPANY_DOMAIN_MOVED, "granted", "waiting", "other"),
    merge: leaves(Action.COMPANY_MERGED, "waiting", "proposed", "other"),
    change_level: leaves(Action.LEVEL_CHANGED, "granted"),
    erase_person: leaves(Action.ERASURE_DONE, "waiting", "erasure"),
    erase: leaves(Action.LOG_ERASED, "drafted"),
    invite: leaves(Action.INVITATION_SENT),
    # Withdrawn before, it is a request like any other.
    use_invitation: leaves(Action.REQUEST_OPENED, "invited", "taken_up"),
    send_invitation_again: leaves(Action.INVITATION_SENT_AGAIN, "invited"),
    withdraw_invitation: leaves(Action.INVITATION_WITHDRAWN, "invited"),
}
# The errors that a losing step may raise. A deadlock is not one of them.
REFUSALS = (FlowError, Refused)


@dataclass
class Run:
    """One step in its own thread and connection, which pauses after a number of locking statements."""

    step: Callable[[Scene], object]
    scene: Scene
    stop_after: int = 0
    # Or at the first one with these words.
    stop_at: str = ""
    stopped: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    backend: int = 0
    locks: int = 0
    # Empty if the other step was first and nothing was left to do.
    result: object = None
    error: BaseException | None = None

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=self._run)
        thread.start()
        return thread

    def _run(self) -> None:
        try:
            connection.ensure_connection()
            self.backend = connection.connection.info.backend_pid
            with connection.execute_wrapper(self._watch):
                self.result = self.step(self.scene)
        except BaseException as error:
            self.error = error
        finally:
            self.done.set()
            self.stopped.set()
            connections.close_all()

    def _watch(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        if connection.in_atomic_block and takes_lock(sql):
            self.locks += 1
            if self.locks == self.stop_after or (self.stop_at and self.stop_at in sql and not self.stopped.is_set()):
                self.stopped.set()
                assert self.go_on.wait(PAUSED)
        return answer


def takes_lock(sql: str) -> bool:
    """Whether a statement locks rows other than the log's head, which is always the last."""
    if "audit_" in sql:
        return False
    return (
        sql.lstrip().startswith(("UPDATE", "INSERT", "DELETE"))
        or " FOR UPDATE" in sql
        or " FOR NO KEY" in sql
        or " FOR SHARE" in sql
    )


def is_waiting(run: Run) -> bool:
    if not run.backend:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(pg_blocking_pids(%s))", [run.backend])
        return bool(cursor.fetchone()[0])


def race(first: Run, second: Run) -> None:
    one = first.start()
    assert first.stopped.wait(STUCK)
    other = second.start()
    for _ in range(STUCK * 200):
        if second.done.wait(0.005) or is_waiting(second):
            break
    first.go_on.set()
    one.join(STUCK)
    other.join(STUCK)
    assert not one.is_alive() and not other.is_alive()


def count_locks(world: World) -> dict[Callable[[Scene], object], int]:
    """The number of locking statements of each step that runs alone, while coverage ends under an agreement that no step
    depends on: none of them waits for it."""
    other, counts = cast.baa().agreement, {}

    def end_coverage_under_it(scene: Any) -> None:
        with audit.change(by=None) as change:
            coverage_changes.lock(change, other)

    holder = Run(end_coverage_under_it, None, stop_after=1)
    thread = holder.start()
    assert holder.stopped.wait(STUCK)
    for step in STEPS:
        run = Run(step, Scene(world, step))
        run.start().join(STUCK)
        assert run.done.is_set() and run.error is None, f"{step.__name__}: {run.error!r}"
        counts[step] = run.locks
    # It stood all the time, so nothing waited until it gave up.
    assert not holder.done.is_set()
    holder.go_on.set()
    thread.join(STUCK)
    return counts


def races(counts: dict[Callable[[Scene], object], int], seed: int) -> list[tuple[Any, Any, int]]:
    """Which steps race: the one that pauses, the other, and after how many locks the first pauses."""
    chance = random.Random(seed)
    if chosen := os.environ.get("STEP_PAIRS"):
        every = [(a, b, pause) for a, b in product(counts, repeat=2) for pause in _pauses(counts[a], chance)]
        return [one for one in every if chosen == "all" or chosen in f"{one[0].__name__} {one[1].__name__}"]
    pairs = chance.sample(list(product(counts, repeat=2)), RACES)
    return [(a, b, chance.randint(1, max(1, counts[a]))) for a, b in pairs]


def _pauses(locks: int, chance: random.Random) -> list[int]:
    """With all locks, and somewhere before."""
    return sorted({max(1, locks), chance.randint(1, max(1, locks - 1))})


def test_every_pair_of_steps_ends_without_a_deadlock(racing, settings, tmp_path, monkeypatch):
    settings.FILES_DIR = tmp_path / "files"
    # An invitation is sent again after a day.
    monkeypatch.setattr(again, "PAUSE", timedelta(0))
    seed = int(os.environ.get("STEP_PAIRS_SEED") or random.randrange(10**6))
    world = make_world()
    tried = 0
    counts = count_locks(world)
    for first, second, pause in races(counts, seed):
        scene = Scene(world, first, second)
        before = Record.objects.count()
        runs = Run(first, scene, stop_after=pause), Run(second, scene)
        race(*runs)
        where = (
            f"seed {seed}: {first.__name__}, stopped after lock {pause} of {counts[first]}, against {second.__name__}"
        )
        for run in runs:
            assert run.error is None or isinstance(run.error, REFUSALS), f"{where}: {run.error!r}"
        _nothing_lost(runs, before, where)
        tried += 1
    assert tried >= RACES
    assert verify().size == Record.objects.count()
    # The scenes grant the plan and cover its reader without a request, so that a reading needs few rows, and move the end
    # of a grant.
    bare = list(Signature.objects.filter(evidence="{}").values_list("pk", "coverage"))
    granted = tuple(f"accessgrant:{pk}" for pk in world.plan.grants.values_list("pk", flat=True))
    granted += tuple(name for one, two in bare for name in (f"signature:{one}", f"coverage:{two}"))
    assert [one for one in logs.differing() if not one.startswith(granted) and "ends_at" not in one] == []


def test_two_people_sign_at_the_same_moment(racing):
    world = make_world()

    def signing_only() -> Run:
        """A reader who signed nothing before: publishing a newer text here would refuse the other signature."""
        return Run(sign, Scene(world, withdraw))

    counted, first, second = signing_only(), signing_only(), signing_only()
    counted.start().join(STUCK)
    first.stop_after = counted.locks
    one = first.start()
    assert first.stopped.wait(STUCK) and not first.done.is_set()
    second.start().join(STUCK)
    ended = second.done.is_set()
    first.go_on.set()
    one.join(STUCK)
    assert ended and first.error is None and second.error is None


def _nothing_lost(runs: tuple[Run, Run], before: int, where: str) -> None:
    written = list(Record.objects.filter(number__gte=before).values_list("action", flat=True))
    for run in runs:
        if run.result:
            assert STEPS[run.step].action in written, f"{where}: {written}"
            written.remove(STEPS[run.step].action)


def test_race_finds_a_planted_deadlock(racing):
    """Two steps that lock two rows in opposite orders."""
    one, other = cast.rhea(), cast.otto()

    def lock(people: list[User], scene: Any) -> None:
        with audit.change(by=None):
            for person in people:
                User.objects.select_for_update(no_key=True).get(pk=person.pk)

    runs = [
        Run(partial(lock, people), None, stop_after=stop) for people, stop in (([one, other], 1), ([other, one], 0))
    ]
    race(*runs)
    assert sum(isinstance(run.error, OperationalError) for run in runs) == 1
