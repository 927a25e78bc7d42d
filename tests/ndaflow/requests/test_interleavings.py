"""Moments between two locks at which another step once did harm, each with the statements in their order."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from documents.access import Refused
from documents.delivery import deliver
from documents.intake import checking
from documents.intake import flows as uploads
from documents.models import AccessGrant, Delivery, Document, DocumentVersion
from ndaflow.agreements import confirming, coverage_flows
from ndaflow.agreements.papers.terms import Reach
from ndaflow.desk.companies import flows as companies
from ndaflow.desk.companies import moves
from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest, RequestStatus
from tests import cast
from tests.audit import logs
from tests.documents import pdfs
from tests.ndaflow import paperwork
from tests.ndaflow.requests.test_step_pairs import STUCK, Run, is_waiting
from trustcenter.accounts.models import Company, User
from trustcenter.audit import FlowError, history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.vault import files as vault
from trustcenter.work.models import Mail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


def meet(first: Callable[[], object], stop_at: str, *others: Callable[[], object]) -> list[BaseException | None]:
    """Runs the first until it has taken a lock with the words `stop_at`, then each of the others until it ends or waits,
    then all to their ends. Returns their errors."""
    runs = [Run(lambda _scene, one=one: one(), None) for one in (first, *others)]
    runs[0].stop_at = stop_at
    threads = [runs[0].start()]
    assert runs[0].stopped.wait(STUCK)
    assert not runs[0].done.is_set(), runs[0].error
    for run in runs[1:]:
        threads.append(run.start())
        for _ in range(STUCK * 200):
            if run.done.wait(0.005) or is_waiting(run):
                break
    runs[0].go_on.set()
    for thread in threads:
        thread.join(STUCK)
        assert not thread.is_alive()
    return [run.error for run in runs]


def two_companies(ada: User) -> tuple[User, Company, Company]:
    """The reader, her company, and another one, both confirmed."""
    rhea, now = cast.rhea(), timezone.now()
    other = Company.objects.create(legal_name="Other, Inc.", confirmed_at=now, confirmed_by=ada)
    return rhea, paperwork.company(rhea), other


def merged(one: Company, other: Company, ada: User) -> Callable[[], object]:
    seen = moves.of_merge(one).seen
    return lambda: companies.merge(one, other, seen=seen, by=ada)


def readable() -> Document:
    report = cast.document()
    with vault.Draft(DocumentVersion(), "original") as upload:
        upload.write(pdfs.blank(pdfs.TEXT))
        version = uploads.upload(report, upload, by=None)
    checking.check(version)
    return report


def downloaded(report: Document, reader: User) -> None:
    deliver(report.slug, reader=reader, session_key="s").chunks.close()


def test_paper_is_confirmed_while_its_company_is_merged(racing):
    ada, lena, nda = cast.ada(), paperwork.lena(), cast.nda().agreement
    _rhea, one, other = two_companies(ada)
    paper = paperwork.filed(nda, lena, Reach("company", company=one))
    errors = meet(
        lambda: confirming.confirm(paper, by=ada), 'FOR NO KEY UPDATE OF "ndaflow_paper"', merged(one, other, ada)
    )
    assert {type(error) for error in errors} <= {type(None), FlowError}, errors


def test_signer_opens_another_request_that_is_decided(racing):
    ada, rhea, version = cast.ada(), cast.rhea(), cast.nda()
    drafts = sorted((cast.draft(cast.document(f"doc-{n}"), email=rhea.email) for n in range(6)), key=lambda one: one.pk)
    signed, early = flows.open_draft(drafts[-1], by=rhea, session_hash=cast.SESSION), drafts[0]

    def open_early() -> object:
        return flows.open_draft(early, by=User.objects.get(pk=rhea.pk), session_hash=cast.SESSION)

    errors = meet(
        lambda: cast.sign(signed, rhea, version),
        'FROM "ndaflow_accessrequest"',
        open_early,
        lambda: cast.approve(early, ada),
    )
    assert {type(error) for error in errors} <= {type(None), FlowError}, errors


def test_colleague_opens_a_request_while_a_scope_is_confirmed(racing):
    """The request is decided at once. Whichever step comes first, the confirmed scope opens its document."""
    ada, ben, version = cast.ada(), cast.ben(), cast.nda(covers="company")
    cora, rhea = (cast.person(f"{name}@example.com", name) for name in ("cora", "rhea"))
    signature = cast.sign(cast.open_request(cora, cast.document("own")), cora, version)
    cast.confirm_company(cora, ada)
    draft = cast.draft(cast.document())

    def ask_and_decide() -> None:
        flows.open_draft(draft, by=rhea, session_hash=cast.SESSION)
        cast.approve(draft, ben)

    errors = meet(lambda: confirming.confirm(signature, by=ada), 'FROM "documents_accessgrant"', ask_and_decide)
    assert errors == [None, None]
    assert cast.fresh(draft).status == RequestStatus.GRANTED


def test_reader_downloads_while_their_access_is_extended_and_while_a_text_is_published(racing, settings, tmp_path):
    """The longer access lets them in at once. After a text that everyone has to sign, nothing is delivered."""
    settings.FILES_DIR = tmp_path
    ada, rhea, report = cast.ada(), cast.rhea(), readable()
    cast.granted(rhea, ada, report)
    grant, until = AccessGrant.objects.get(), timezone.now() + timedelta(days=60)
    download = partial(downloaded, report, rhea)
    extend = partial(flows.extend, grant, until=until, reason="The review goes on.", by=ada)
    assert meet(extend, 'UPDATE "documents_accessgrant"', download) == [None, None]
    delivered = Delivery.objects.get()
    assert delivered.grant.extends == grant and delivered.started_at >= delivered.grant.starts_at
    published, refused = meet(partial(cast.nda, "# Another text", "now"), 'FROM "ndaflow_agreement"', download)
    assert published is None and isinstance(refused, Refused)
    assert Delivery.objects.count() == 1


def test_person_asks_and_gets_access_while_all_their_access_ends(racing):
    ada, ben, rhea = cast.ada(), cast.ben(), cast.rhea()
    cast.granted(rhea, ada, cast.document())
    draft = cast.draft(cast.document("another"))

    def ask_and_decide() -> None:
        flows.open_draft(draft, by=rhea, session_hash=cast.SESSION)
        cast.approve(draft, ben)

    errors = meet(
        lambda: flows.revoke_person(rhea, by=ada, reason="Over."), 'FROM "ndaflow_accessrequest"', ask_and_decide
    )
    assert errors == [None, None]
    assert set(AccessRequest.objects.values_list("status", flat=True)) == {RequestStatus.REVOKED}
    assert not AccessGrant.objects.filter(ended_at=None).exists()
    assert logs.differing() == []


def test_coverage_of_a_company_ends_while_it_is_merged(racing):
    """Its people are told that their documents have closed, wherever they are now."""
    ada, ben, lena, nda = cast.ada(), cast.ben(), paperwork.lena(), cast.nda().agreement
    rhea, one, other = two_companies(ada)
    paper = paperwork.filed(nda, lena, Reach("company", company=one))
    cover = confirming.confirm(paper, by=ada)
    cast.approve(cast.open_request(rhea, cast.document()), ada)
    assert AccessGrant.objects.filter(holder=rhea).exists()
    errors = meet(
        merged(one, other, ada),
        'UPDATE "ndaflow_coverage"',
        lambda: coverage_flows.end(cover, reason="Over.", by=ben),
    )
    assert errors == [None, None]
    assert Mail.objects.filter(to=rhea.email, subject="Mutual NDA no longer covers you").exists()
    (ended,) = history.entries(Record.objects.filter(action=Action.COVERAGE_ENDED))
    assert ended.detail["whom"] == other.legal_name
    assert logs.differing() == []


def test_reader_of_another_company_downloads_while_the_mail_domain_that_covers_them_goes(racing, settings, tmp_path):
    settings.FILES_DIR = tmp_path
    ada, lena, nda, report = cast.ada(), paperwork.lena(), cast.nda().agreement, readable()
    rhea, company, other = two_companies(ada)
    paper = paperwork.filed(nda, lena, Reach("domain", domain="example.com"))
    confirming.confirm(paper, by=ada)
    cast.approve(cast.open_request(rhea, report), ada)
    # By hand: an address at the domain of one company, and another company.
    User.objects.filter(pk=rhea.pk).update(company=other)
    domain = company.domains.get()
    removed, refused = meet(
        partial(companies.remove_domain, domain, seen=moves.of_domain(domain).seen, by=ada),
        'DELETE FROM "accounts_companydomain"',
        partial(downloaded, report, rhea),
    )
    assert removed is None and isinstance(refused, Refused)
    assert not Delivery.objects.exists()
