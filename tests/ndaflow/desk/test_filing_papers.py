"""Legal puts a paper that was signed elsewhere on file."""

import html

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from ndaflow.agreements import confirming
from ndaflow.agreements.models import Coverage
from ndaflow.agreements.papers import flows
from ndaflow.agreements.papers.models import Paper
from ndaflow.agreements.papers.terms import Reach
from ndaflow.desk.companies import flows as companies
from ndaflow.desk.companies import moves
from tests import cast
from tests.documents import pdfs
from tests.ndaflow import paperwork
from tests.signin import staff_client
from trustcenter.accounts.models import Company
from trustcenter.audit import FlowError, history, state
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.audit.verify import verify
from trustcenter.vault.models import StoredFile
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db
URL = "/desk/agreements/nda/paper/"


@pytest.fixture
def agreement(keys):
    return cast.nda().agreement


@pytest.fixture
def lena(client, agreement):
    lena = paperwork.lena()
    staff_client(client, lena)
    return lena


def send(client, form, file=None):
    return client.post(URL, form | {"file": file or paperwork.pdf()})


def shown(answer):
    return html.unescape(answer.content.decode())


def test_paper_on_file_covers_a_company_once_an_approver_confirms_it(client, lena):
    rhea, ada = paperwork.proven(cast.rhea()), cast.ada()
    request = cast.open_request(rhea, cast.document())
    company = paperwork.company(rhea)
    cast.approve(request, ada)
    assert cast.fresh(request).status == "open"
    answer = send(client, paperwork.form("example corp, inc.", "company", note="Scan of the original."))
    paper = Paper.objects.get()
    assert answer.status_code == 302 and answer["Location"] == reverse("desk:paper", args=[paper.pk])
    # Nobody is covered before a second person confirms it.
    page = shown(client.get(answer["Location"]))
    assert not Coverage.objects.exists() and cast.fresh(request).status == "open"
    assert "Meant to cover: Everyone at Example Corp, Inc." in page and "An approver has to confirm it" in page
    assert Mail.objects.filter(to=ada.email, subject__startswith="For you to confirm").exists()
    approver = Client()
    staff_client(approver, ada)
    assert "1 scope waits for an approver" in " ".join(shown(approver.get("/desk/agreements/?show=confirm")).split())
    url = reverse("desk:confirm_paper", args=[paper.pk])
    assert "Covered now: Everyone at Example Corp, Inc." in shown(approver.post(url, follow=True))
    covers = Coverage.objects.get()
    assert (covers.paper, covers.company, covers.version, covers.scope) == (paper, company, None, "company")
    assert (covers.confirmed_by, covers.ends_at) == (ada, paper.ends_at) and covers.starts_at == covers.confirmed_at
    assert cast.fresh(request).status == "granted"
    assert "already confirmed this" in shown(approver.post(url, follow=True))
    paper.refresh_from_db()
    assert paper.begun_at == covers.confirmed_at
    assert (paper.state, paper.decided_by, paper.added_by, paper.pages) == ("accepted", lena, lena, 1)
    assert paper.sha256 == paper.file.sha256 and paper.file.size == len(paperwork.PDF)
    (said,) = history.entries(Record.objects.filter(action=Action.PAPER_FILED))
    assert said.text == ("“Lena Legal” (lena@trust.example) put a paper on file: Mutual NDA for Example Corp, Inc.")
    told = [str(one) for one in state.differences(verify().told)]
    assert not [one for one in told if "aper" in one or "coverage" in one]
    page = shown(client.get(answer["Location"]))
    assert "On file" in page and "everyone at Example Corp, Inc." in page and "Scan of the original." in page


def test_paper_for_one_person_and_for_a_domain(client, lena):
    rhea = paperwork.proven(cast.rhea())
    send(client, paperwork.form("Rhea@Example.com", ends_on=""))
    assert Coverage.objects.get().person == rhea and Coverage.objects.get().ends_at is None
    paperwork.company(rhea)
    send(client, paperwork.form("@EXAMPLE.com", "domain"))
    confirming.confirm(Paper.objects.get(scope="domain"), by=cast.ada())
    assert Coverage.objects.get(scope="domain").domain == "example.com"


@pytest.mark.once
@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"signed_on": 1}, "which is in the future"),
        ({"starts_on": -20}, "before the day on which it was signed"),
        ({"ends_on": -11}, "before it starts on"),
        ({"ends_on": -1}, "so it covers nobody"),
        # The day after this one does not exist.
        ({"ends_on": "9999-12-31"}, "31 December 9999 is too far from today."),
        ({"signed_on": "0001-01-01"}, "too far from today."),
        ({"vouched": ""}, "Confirm that both sides signed"),
        ({"whom": "nobody@example.org"}, "Nobody has confirmed the address nobody@example.org here yet"),
        ({"scope": "company", "whom": "Unknown Ltd"}, "No company here is called Unknown Ltd"),
        ({"scope": "domain", "whom": "gmail.com"}, "Anyone can have an address at gmail.com"),
        ({"scope": "domain", "whom": "not a domain"}, "not a domain is not a mail domain"),
        ({"scope": "domain", "whom": "unproven.example"}, "No company here is called unproven.example"),
        ({"scope": ""}, "Choose who the paper covers."),
    ],
)
def test_mistake_gets_a_sentence_and_nothing_typed_is_lost(client, lena, form, sentence):
    # Days from today, counted here: the list above may have been read yesterday.
    form = {key: paperwork.today(value).isoformat() if isinstance(value, int) else value for key, value in form.items()}
    paperwork.proven(cast.rhea())
    page = shown(send(client, paperwork.form("rhea@example.com", note="Kept in drawer 4.") | form))
    assert sentence in page and "Kept in drawer 4." in page
    assert f'value="{paperwork.today(-10).isoformat()}"' in page
    assert not Paper.objects.exists() and not StoredFile.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"PK\x03\x04 a Word file", "nda.docx", "This is not a PDF."),
        (b"", "nda.pdf", "The file is empty."),
        (b"%PDF-1.7 and nothing else", "nda.pdf", "damaged or incomplete"),
        (pdfs.encrypted(), "nda.pdf", "The PDF is encrypted."),
    ],
)
def test_file_that_is_no_usable_pdf_gets_a_sentence(client, lena, content, name, sentence):
    paperwork.proven(cast.rhea())
    page = shown(send(client, paperwork.form("rhea@example.com"), paperwork.pdf(content, name)))
    assert sentence in page and 'value="rhea@example.com"' in page
    assert not Paper.objects.exists() and not StoredFile.objects.exists()


@pytest.mark.once
def test_file_that_is_too_long_is_refused_before_it_is_read(client, lena, monkeypatch):
    monkeypatch.setattr("ndaflow.agreements.papers.uploads.MOST", 2000)
    paperwork.proven(cast.rhea())
    page = shown(send(client, paperwork.form("rhea@example.com"), paperwork.pdf(b"%PDF-" + b"x" * 3000)))
    assert "The file is larger than" in page and not StoredFile.objects.exists()
    answer = client.post(URL, {}, headers={"content-length": str(10**8)}, CONTENT_LENGTH=str(10**8))
    assert answer.status_code == 413


def test_company_that_nobody_confirmed_is_not_covered(client, lena):
    cast.open_request(paperwork.proven(cast.rhea()), cast.document())
    assert "Nobody has confirmed the company Example Corp yet" in shown(
        send(client, paperwork.form("example.com", "company"))
    )
    assert not Coverage.objects.exists()


def test_paper_that_applies_later_opens_on_its_first_day(client, lena, agreement):
    rhea = paperwork.proven(cast.rhea())
    request = cast.open_request(rhea, cast.document())
    cast.approve(request, cast.ada())
    paper = paperwork.filed(agreement, lena, Reach("person", person=rhea), paperwork.dates(starts=1))
    assert paper.begun_at is None and cast.fresh(request).status == "open"
    assert flows.begin_due() == 0
    # Its first day comes.
    Coverage.objects.update(starts_at=paper.added_at)
    Paper.objects.update(starts_on=paperwork.today())
    assert flows.begin_due() == 1 and flows.begin_due() == 0
    assert cast.fresh(request).status == "granted"


def test_opening_the_paper_gives_its_bytes_and_leaves_a_record(client, lena, agreement):
    paper = paperwork.filed(agreement, lena, Reach("person", person=paperwork.proven(cast.rhea())))
    url = reverse("desk:open_paper", args=[paper.pk])
    assert client.get(url).status_code == 405
    auditor = cast.person("aud@trust.example", "Aud Itor", "auditor")
    staff_client(client, auditor)
    answer = client.post(url)
    assert answer.content == paperwork.PDF and answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"] and "attachment" in answer["Content-Disposition"]
    (said,) = history.entries(Record.objects.filter(action=Action.PAPER_OPENED))
    assert said.text == "“Aud Itor” (aud@trust.example) opened a paper: Mutual NDA"
    # They read, and decide nothing.
    assert client.get(URL).status_code == client.post(URL).status_code == 403
    assert client.post(reverse("desk:countersign_paper", args=[paper.pk])).status_code == 403
    page = shown(client.get(reverse("desk:paper", args=[paper.pk])))
    assert "Put a paper" not in page and "Countersign it" not in page


def test_paper_that_no_longer_applies_is_ended_from_its_page(client, lena, agreement):
    paper = paperwork.filed(agreement, lena, Reach("person", person=paperwork.proven(cast.rhea())))
    page = reverse("desk:paper", args=[paper.pk])
    assert "End it now" in shown(client.get(page))
    form = {"reason": "The contract is over.", "back": page}
    answer = client.post(reverse("desk:end_coverage", args=[paper.coverage.get().pk]), form, follow=True)
    assert "“The contract is over.”" in shown(answer) and "End it now" not in shown(answer)
    assert Coverage.objects.get().end == "ended"


def test_only_legal_puts_papers_on_file(client, agreement):
    staff_client(client, cast.ben())
    assert client.get(URL).status_code == 403
    with pytest.raises(FlowError, match="do not have permission"):
        paperwork.filed(agreement, cast.edda(), Reach("person", person=cast.rhea()))
    assert not Paper.objects.exists() and not StoredFile.objects.exists()


def test_database_keeps_papers_in_order(lena, agreement):
    paper = paperwork.filed(agreement, lena, Reach("person", person=paperwork.proven(cast.rhea())))
    rows = Paper.objects.filter(pk=paper.pk)
    for broken in (
        {"decided_by": None},
        {"scope": "company"},
        {"ends_on": paperwork.today(-30)},
        {"state": "declined"},
        {"countersigned_at": paper.decided_at},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**broken)
    with pytest.raises(IntegrityError), transaction.atomic():
        Coverage.objects.update(paper=None)


def test_request_of_somebody_covered_by_a_paper_has_its_page(client, lena):
    """Nobody signed, so there is no signed copy and nothing to confirm."""
    rhea = paperwork.proven(cast.rhea())
    request = cast.open_request(rhea, cast.document())
    send(client, paperwork.form(rhea.email))
    approver = Client()
    staff_client(approver, cast.ada())
    page = shown(approver.get(reverse("desk:request", args=[request.pk])))
    assert "On file" in page or "Covers" in page
    (covers,) = Coverage.objects.all()
    assert reverse("desk:end_coverage", args=[covers.pk]) in page


def test_company_that_was_merged_is_no_company_to_cover(client, lena):
    """Not by its former name, and not if it is merged after legal has chosen it: its people are in the other one."""
    ada, agreement = cast.ada(), cast.Agreement.objects.get()
    company = paperwork.company(paperwork.proven(cast.rhea()))
    other = Company.objects.create(legal_name="Other Ltd", confirmed_at=company.confirmed_at, confirmed_by=ada)
    chosen = Reach("company", company=Company.objects.get(pk=other.pk))
    companies.merge(other, company, seen=moves.of_merge(other).seen, by=ada)
    with pytest.raises(FlowError) as refused:
        paperwork.filed(agreement, lena, chosen)
    assert refused.value.code == "no_such_company" and not Paper.objects.exists()
    page = shown(send(client, paperwork.form("Other Ltd", "company")))
    assert "No company here is called Other Ltd" in page and not Paper.objects.exists()
