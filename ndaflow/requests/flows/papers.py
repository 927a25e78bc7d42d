"""A paper in place of a signature: the requester uploads it, and legal accepts or declines it."""

from django.db.models import QuerySet

from ndaflow.agreements import coverage
from ndaflow.agreements.models import Agreement
from ndaflow.agreements.papers import flows
from ndaflow.agreements.papers.checking import Checked
from ndaflow.agreements.papers.models import Paper
from ndaflow.agreements.papers.terms import Dates, Reach
from ndaflow.agreements.refusals import Refusal as PaperRefusal
from ndaflow.requests import targets
from ndaflow.requests.flows import covered
from ndaflow.requests.flows.step import must_be_requester, note_rows, step
from ndaflow.requests.models import AccessRequest, RequestStatus
from ndaflow.requests.refusals import Refusal, Step
from trustcenter import audit
from trustcenter.accounts import checked as typed
from trustcenter.accounts.models import User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action

State = Paper.State
# Whom an uploaded paper may be: not one that was signed elsewhere, which only legal puts on file.
UPLOADED = (Paper.Kind.REDLINE, Paper.Kind.THEIRS)


def upload_paper(
    request: AccessRequest, agreement: Agreement, pdf: Checked, *, kind: str, note: str, by: User
) -> Paper:
    """Uploads a paper for an agreement that the request needs. It covers nobody before legal accepts it.

    The clock of the request stands while legal has the paper. Raises FlowError.
    """
    if kind not in UPLOADED:
        raise FlowError(Refusal.PAPER_KIND)
    paper = Paper(agreement=agreement, kind=kind, added_by=by, note=typed.lines(note), pages=pdf.pages, request=request)
    with (
        flows.stored(paper, pdf) as draft,
        step(request, Step.UPLOAD_PAPER, was=[RequestStatus.OPEN], by=by) as (
            change,
            request,
        ),
    ):
        must_be_requester(request, by)
        if request.papers.filter(agreement=agreement, state=State.WAITING).exists():
            raise FlowError(Refusal.PAPER_WAITS)
        if coverage.covering(by, [agreement.slug], change.at, new=True):
            raise FlowError(Refusal.SIGNED_BEFORE)
        paper.added_at = change.at
        flows.keep(paper, draft)
        for colleague in User.objects.who_may(flows.FILE).exclude(pk=by.pk):
            change.mail("paper_uploaded", to=colleague.email, context={"paper": paper})
        change.record(
            Action.PAPER_UPLOADED, subject=request, agreement=paper.named, sha256=paper.sha256, changed=[paper]
        )
    return paper


def withdraw_paper(request: AccessRequest, paper: Paper, *, by: User) -> None:
    """Takes back a paper that waits, to sign our text or to upload another one."""
    with step(request, Step.WITHDRAW_PAPER, was=[*RequestStatus], by=by) as (change, request):
        must_be_requester(request, by)
        if not request.papers.filter(pk=paper.pk, state=State.WAITING).update(state=State.WITHDRAWN):
            raise FlowError(PaperRefusal.PAPER_DECIDED)
        change.record(
            Action.PAPER_WITHDRAWN,
            subject=request,
            agreement=paper.named,
            changed=Paper.objects.filter(pk=paper.pk),
        )


def accept_paper(paper: Paper, *, reach: Reach, dates: Dates, vouched: bool, countersigned: bool, by: User) -> None:
    """Accepts an uploaded paper: it covers from its first day, and what waited for it opens. Raises FlowError.

    If it is meant for more than one person, it covers only the person who uploaded it before an approver confirms that.
    """
    _must_decide(paper, by)
    flows.must_be_good(dates, vouched)
    with audit.change(by=by) as change:
        covers = flows.covered_by(change, paper, reach, dates, by)
        _lock_requests(change, paper, flows.reached_by(covers))
        paper.state = State.ACCEPTED
        written = {name: getattr(paper, name) for name in flows.DECIDED}
        if not Paper.objects.filter(pk=paper.pk, state=State.WAITING).update(**written):
            raise FlowError(PaperRefusal.PAPER_DECIDED)
        flows.lock_covered(paper, covers)
        waiting = covered.hold(change, flows.reached_by(covers), [paper.agreement.slug])
        change.mail("paper_accepted", to=paper.added_by.email, context={"paper": paper})
        change.record(
            Action.PAPER_ACCEPTED,
            subject=paper,
            agreement=paper.named,
            covered=reach.named,
            changed=Paper.objects.filter(pk=paper.pk),
        )
        flows.begin(change, paper, covers, waiting, by)
        if countersigned:
            flows.put_seal(change, paper, by)
        _run_clock(change, paper)


def decline_paper(paper: Paper, *, reason: str, by: User) -> None:
    """Declines an uploaded paper. The person who uploaded it reads the reason, and can sign or upload another one."""
    _must_decide(paper, by)
    reason = typed.lines(reason)
    if not reason:
        raise FlowError(PaperRefusal.NO_REASON)
    with audit.change(by=by) as change:
        _lock_requests(change, paper, User.objects.none())
        waiting = Paper.objects.filter(pk=paper.pk, state=State.WAITING)
        if not waiting.update(state=State.DECLINED, decided_by=by, decided_at=change.at, reason=reason):
            raise FlowError(PaperRefusal.PAPER_DECIDED)
        paper.refresh_from_db()
        change.mail("paper_declined", to=paper.added_by.email, context={"paper": paper})
        change.record(Action.PAPER_DECLINED, subject=paper, agreement=paper.named, reason=reason, changed=[paper])
        _run_clock(change, paper)


def _must_decide(paper: Paper, by: User) -> None:
    flows.must_file(by)
    if paper.added_by_id == by.pk:
        raise FlowError(PaperRefusal.OWN_PAPER)


def _lock_requests(change: Change, paper: Paper, reached: QuerySet[User]) -> None:
    """The paper's request and those of everyone whom it will cover, before its own row, as in every step that touches both."""
    rows = covered.waiting(reached) | AccessRequest.objects.filter(pk=paper.request_id)
    for request in rows.select_for_update(no_key=True).order_by("pk"):
        if request.pk == paper.request_id:
            note_rows(change, request)


def _run_clock(change: Change, paper: Paper) -> None:
    """The request's clock runs again, unless it waits for something else."""
    if paper.request_id is not None:
        targets.follow(AccessRequest.objects.get(pk=paper.request_id), change.at)
