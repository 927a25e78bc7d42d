"""No half change of a paper, of coverage, of a merge of companies, or of an erasure."""

from collections.abc import Iterator

from documents.models import AccessGrant
from ndaflow.agreements.models import Coverage
from ndaflow.agreements.papers.models import CountersignedPaper, Paper
from ndaflow.desk.companies.models import CompanyMerge
from ndaflow.privacy.models import Erasure
from ndaflow.requests.models import AccessRequest, RequestStatus
from ndaflow.rules.models import RuleVersion
from tests.crash.promises.promise import Seen, erased, pairs, promise, subjects
from trustcenter.accounts.models import Company, CompanyDomain, CompanyNote, User
from trustcenter.audit.actions import Action
from trustcenter.audit.text import subject_of
from trustcenter.work.models import Mail

State = Paper.State


@promise
def a_paper_and_what_it_covers_are_one_change(seen: Seen) -> Iterator[str]:
    papers = Paper.objects.all()
    filed = papers.filter(kind=Paper.Kind.ELSEWHERE)
    uploaded = papers.exclude(kind=Paper.Kind.ELSEWHERE).select_related("request")
    yield from pairs("paper filed", map(subject_of, filed), subjects(Action.PAPER_FILED))
    yield from pairs("paper uploaded", (subject_of(one.request) for one in uploaded), subjects(Action.PAPER_UPLOADED))
    for state, action in ((State.ACCEPTED, Action.PAPER_ACCEPTED), (State.DECLINED, Action.PAPER_DECLINED)):
        yield from pairs(f"paper {state}", map(subject_of, uploaded.filter(state=state)), subjects(action))
    yield from pairs(
        "countersignature", map(subject_of, papers.exclude(countersigned_at=None)), subjects(Action.PAPER_COUNTERSIGNED)
    )
    copies = (f"paper:{pk}" for pk in CountersignedPaper.objects.values_list("pk", flat=True))
    yield from pairs("countersigned copy", copies, subjects(Action.PAPER_SEALED))
    # One that covers a person has its coverage from the moment it is on file, and no other paper has any.
    for paper in papers.filter(state=State.ACCEPTED, scope="person", coverage=None):
        yield f"paper {paper.pk} is on file for a person and covers nobody"
    for row in Coverage.objects.filter(paper__isnull=False).exclude(paper__state=State.ACCEPTED):
        yield f"coverage {row.pk} rests on a paper that is not on file"


@promise
def coverage_begins_and_ends_in_one_change(seen: Seen) -> Iterator[str]:
    wide = Coverage.objects.exclude(scope="person")
    confirmed = [*subjects(Action.COVERAGE_CONFIRMED), *subjects(Action.PAPER_CONFIRMED)]
    yield from pairs("confirmed coverage", map(subject_of, wide), confirmed)
    ended = Coverage.objects.filter(end=Coverage.End.ENDED)
    yield from pairs("end of coverage", map(subject_of, ended), subjects(Action.COVERAGE_ENDED))
    # The coverage of one person is the root of what the same signature or paper covers beyond them.
    for row in wide.filter(ended_at=None, confirmed_at__isnull=False):
        roots = Coverage.objects.filter(scope="person", signature=row.signature, paper=row.paper)
        if roots.filter(end=Coverage.End.ENDED).exists():
            yield f"coverage {row.pk} outlives its root"


@promise
def an_extension_is_one_change(seen: Seen) -> Iterator[str]:
    extended = AccessGrant.objects.exclude(extends=None)
    number = len(subjects(Action.REQUEST_EXTENDED))
    if extended.count() != number:
        yield f"{extended.count()} grants extend another one, {number} records say so"
    for grant in extended.exclude(extends__end=AccessGrant.End.REPLACED):
        yield f"grant {grant.pk} extends one that was not replaced"


@promise
def a_merge_moves_all_or_nothing(seen: Seen) -> Iterator[str]:
    merges = CompanyMerge.objects.all()
    into = [f"company:{pk}" for pk in merges.values_list("into", flat=True)]
    yield from pairs("merge", into, subjects(Action.COMPANY_MERGED))
    back = [f"company:{pk}" for pk in merges.exclude(undone_at=None).values_list("source", flat=True)]
    yield from pairs("undone merge", back, subjects(Action.COMPANY_MERGE_UNDONE))
    merged = set(Company.objects.exclude(merged_into=None).values_list("pk", flat=True))
    if merged != set(merges.filter(undone_at=None).values_list("source", flat=True)):
        yield f"companies that are merged: {merged}; the list of merges says otherwise"
    for model in (User, CompanyDomain, CompanyNote, Paper, Coverage):
        for row in model._default_manager.filter(company__in=merged):
            yield f"{subject_of(row)} stayed with a company that was merged"


@promise
def an_erased_person_is_gone(seen: Seen) -> Iterator[str]:
    done = Erasure.objects.filter(state=Erasure.State.DONE)
    yield from pairs("erasure", map(subject_of, done), subjects(Action.ERASURE_DONE))
    for person in User.objects.filter(pk__in=erased()):
        if person.is_active or person.name or person.company_id or not person.email.endswith("@erased.invalid"):
            yield f"{person.pk} was erased, and the account still says who that was"
    live = AccessRequest.objects.filter(requester__in=erased(), status__in=[RequestStatus.OPEN, RequestStatus.GRANTED])
    yield from (f"request {pk} of an erased person is live" for pk in live.values_list("pk", flat=True))
    grants = AccessGrant.objects.filter(holder__in=erased(), ended_at=None)
    yield from (f"grant {pk} of an erased person is live" for pk in grants.values_list("pk", flat=True))
    waiting = Paper.objects.filter(added_by__in=erased(), state=State.WAITING)
    yield from (f"paper {pk} of an erased person waits for legal" for pk in waiting.values_list("pk", flat=True))
    for mail in Mail.objects.filter(to__endswith="@erased.invalid"):
        yield f"{mail.subject!r} went to an address that reaches nobody"
    told = dict(Erasure.objects.filter(state=Erasure.State.DONE).values_list("person", "decided_at"))
    for row in Coverage.objects.filter(person__in=told):
        if row.starts_at > told[row.person_id]:
            yield f"coverage {row.pk} begins after its person was erased"


@promise
def a_version_of_the_rules_is_one_change(seen: Seen) -> Iterator[str]:
    yield from pairs("version of the rules", map(subject_of, RuleVersion.answering()), subjects(Action.RULES_PUBLISHED))
