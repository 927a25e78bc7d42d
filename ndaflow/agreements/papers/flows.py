"""The steps of legal on papers: put one on file, countersign it, open it.

What a paper covers is written by `ndaflow.agreements.coverage`, in the change that accepts it. A requester uploads one, and
legal decides about it, in `ndaflow.requests.flows.papers`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from ndaflow.agreements import coverage, coverage_changes
from ndaflow.agreements.models import Agreement, Coverage, Scope
from ndaflow.agreements.papers import tasks
from ndaflow.agreements.papers.checking import Checked
from ndaflow.agreements.papers.models import Paper
from ndaflow.agreements.papers.terms import Dates, Reach, must_be_in_order
from ndaflow.agreements.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts import checked as typed
from trustcenter.accounts.models import Company, User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action
from trustcenter.vault import files as vault

FILE, CONFIRM = "ndaflow.file_paper", "ndaflow.confirm_coverage"
State = Paper.State


def file(
    agreement: Agreement, pdf: Checked, *, kind: str, reach: Reach, dates: Dates, vouched: bool, note: str, by: User
) -> Paper:
    """Puts a paper that was signed elsewhere on file. It covers from its first day, and what waited for it opens.

    If it is meant for more than one person, it covers nobody before an approver confirms that. `vouched` is the statement of
    `by` that both sides signed and that the paper allows marked copies. Raises FlowError.
    """
    must_file(by)
    must_be_good(dates, vouched)
    paper = Paper(
        agreement=agreement, kind=kind, state=State.ACCEPTED, added_by=by, note=typed.lines(note), pages=pdf.pages
    )
    with stored(paper, pdf) as draft, audit.change(by=by) as change:
        covers = covered_by(change, paper, reach, dates, by)
        coverage_changes.lock_people(reached_by(covers))
        lock_covered(paper, covers)
        waiting = coverage_changes.hold_people(change, reached_by(covers), agreement.slug)
        keep(paper, draft)
        change.record(
            Action.PAPER_FILED,
            subject=paper,
            agreement=paper.named,
            covered=reach.named,
            sha256=paper.sha256,
            changed=Paper.objects.filter(pk=paper.pk),
        )
        begin(change, paper, covers, waiting, by)
    return paper


def countersign(paper: Paper, *, by: User) -> None:
    """Has the operator's seal put on an accepted paper. The copy is sent to the person who uploaded it."""
    must_file(by)
    with audit.change(by=by) as change:
        if not Paper.objects.filter(pk=paper.pk, state=State.ACCEPTED).exists():
            raise FlowError(Refusal.NOT_ACCEPTED)
        put_seal(change, paper, by)


def open_paper(paper: Paper, *, by: User) -> bytes:
    """The PDF as it came, for somebody who may view papers. Each opening leaves a record, before a byte leaves."""
    if not by.has_perm("ndaflow.view_paper"):
        raise FlowError(Refusal.NOT_FILER)
    with vault.open(paper, "file") as source:
        content = source.read()
    with audit.change(by=by) as change:
        change.record(Action.PAPER_OPENED, subject=paper, agreement=paper.named, sha256=paper.sha256)
    return content


def begin_due() -> int:
    """Opens what waited for papers on file whose first day has come. Returns how many papers began."""
    # One that waits for an approver covers nobody, so it has not begun.
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    due = Paper.objects.filter(state=State.ACCEPTED, begun_at=None, starts_on__lte=today, coverage__isnull=False)
    # Nor for somebody whose account was closed, or whose data were erased, before its first day.
    due = due.exclude(scope=Scope.PERSON, person__is_active=False)
    began = 0
    for paper in due.distinct().select_related("agreement", "person", "company"):
        # If somebody joined meanwhile whose request is in somebody else's hands, the next run begins it.
        with suppress(FlowError):
            began += _begin_on_its_first_day(paper)
    return began


def _begin_on_its_first_day(paper: Paper) -> bool:
    with audit.change(by=None) as change:
        reached = User.objects.filter(pk__in=[one.pk for row in paper.coverage.all() for one in coverage.people(row)])
        coverage_changes.lock_people(reached)
        if not Paper.objects.filter(pk=paper.pk, begun_at=None).update(begun_at=change.at):
            return False
        waiting = coverage_changes.hold_people(change, reached, paper.agreement.slug)
        change.record(
            Action.PAPER_BEGAN,
            subject=paper,
            agreement=paper.named,
            covered=paper.covered,
            changed=Paper.objects.filter(pk=paper.pk),
        )
        coverage_changes.settle(change, waiting)
    return True


@contextmanager
def stored(paper: Paper, pdf: Checked) -> Iterator[vault.Draft]:
    """Stores the file before the change that keeps it; removes it again if nobody did."""
    with vault.Draft(paper, "file") as draft:
        draft.write(pdf.content)
        draft.finish()
        yield draft


def keep(paper: Paper, draft: vault.Draft) -> None:
    """Saves a new paper with its stored file."""
    paper.file = draft.keep()
    paper.sha256 = paper.file.sha256
    paper.save(force_insert=True)


# What accepting writes.
DECIDED = (
    *("state", "scope", "person", "domain", "company", "signed_on", "starts_on", "ends_on"),
    *("decided_by", "decided_at", "begun_at"),
)


def covered_by(change: Change, paper: Paper, reach: Reach, dates: Dates, by: User) -> Coverage | None:
    """Writes the terms into the paper. Returns the coverage that it has without an approver: of one person, or None."""
    if Scope(reach.scope).exceeds(paper.agreement.widest):
        raise FlowError(Refusal.TOO_WIDE)
    paper.scope, paper.person, paper.domain, paper.company = reach.scope, reach.person, reach.domain, reach.company
    paper.signed_on, paper.starts_on, paper.ends_on = dates.signed_on, dates.starts_on, dates.ends_on
    paper.decided_by, paper.decided_at = by, change.at
    starts_at = paper.starts_at
    assert starts_at is not None
    person = reach.person if reach.scope == Scope.PERSON else _uploader(paper)
    if person is None:
        return None
    paper.begun_at = change.at if starts_at <= change.at else None
    return Coverage(
        agreement=paper.agreement,
        scope=Scope.PERSON,
        person=person,
        paper=paper,
        starts_at=starts_at,
        ends_at=paper.ends_at,
    )


def _uploader(paper: Paper) -> User | None:
    """Who uploaded a paper from the page of a request, if they are among those whom it is meant to cover."""
    if paper.request_id is None:
        return None
    meant = Coverage(scope=paper.scope, domain=paper.domain, company=paper.company)
    return coverage.people(meant).filter(pk=paper.added_by_id).first()


def reached_by(covers: Coverage | None) -> QuerySet[User]:
    """Whom a paper will cover without an approver."""
    return coverage.people(covers) if covers else User.objects.none()


def lock_covered(paper: Paper, covers: Coverage | None) -> None:
    """Locks the account of whom a paper will cover, and the company that was meant. Raises FlowError if the account was
    closed, or the person erased, meanwhile, or if the company was merged into another one."""
    if covers is not None and not User.objects.select_for_update(no_key=True).get(pk=covers.person_id).is_active:
        raise FlowError(Refusal.PERSON_GONE)
    company = paper.company
    if company is not None and not Company.objects.current().filter(pk=company.pk).lock():
        raise FlowError(Refusal.NO_SUCH_COMPANY, whom=company.legal_name)
    if covers is not None and paper.scope != Scope.PERSON and _uploader(paper) is None:
        # They moved to another company before their account was locked.
        raise FlowError(Refusal.COVERAGE_CHANGED)


def begin(change: Change, paper: Paper, covers: Coverage | None, waiting: QuerySet[Any], by: User) -> None:
    """Writes what the paper covers now, opens what waited for that, and tells approvers if it is meant to cover more."""
    if covers is not None:
        covers.paper = paper
        coverage_changes.write(change, covers, waiting)
    if paper.scope != Scope.PERSON:
        for approver in User.objects.who_may(CONFIRM).exclude(pk__in=[by.pk, paper.added_by_id]):
            change.mail("scope_to_confirm", to=approver.email, context={"paper": paper})


def put_seal(change: Change, paper: Paper, by: User) -> None:
    unsealed = Paper.objects.filter(pk=paper.pk, countersigned_at=None)
    if not unsealed.update(countersigned_by=by, countersigned_at=change.at):
        raise FlowError(Refusal.COUNTERSIGNED)
    change.task(tasks.make_countersigned, paper.pk)
    change.record(
        Action.PAPER_COUNTERSIGNED,
        subject=paper,
        agreement=paper.named,
        changed=Paper.objects.filter(pk=paper.pk),
    )


def must_file(by: User) -> None:
    if not by.has_perm(FILE):
        raise FlowError(Refusal.NOT_FILER)


def must_be_good(dates: Dates, vouched: bool) -> None:
    must_be_in_order(dates, timezone.localdate(timezone=timezone.get_default_timezone()))
    if not vouched:
        raise FlowError(Refusal.NOT_VOUCHED)
