"""A counterparty uploads a redline or its own paper from its request page, and legal decides about it."""

import base64
import html

import pytest
from django.urls import reverse

from ndaflow.agreements.models import Coverage
from ndaflow.agreements.papers import tasks
from ndaflow.agreements.papers.models import CountersignedPaper, Paper
from ndaflow.agreements.papers.terms import Reach
from ndaflow.requests import flows
from tests import cast
from tests.ndaflow import paperwork
from tests.ndaflow.agreements import papers as seals
from tests.signin import staff_client
from trustcenter.audit import FlowError, checkpoints, history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.vault.models import StoredFile
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def agreement(keys):
    return cast.nda().agreement


@pytest.fixture
def rhea(db):
    return paperwork.proven(cast.rhea())


@pytest.fixture
def asked(agreement, rhea):
    request = cast.open_request(rhea, cast.document())
    cast.approve(request, cast.ada())
    return cast.fresh(request)


def shown(answer):
    return " ".join(html.unescape(answer.content.decode()).split())


def send(client, request, file=None, **form):
    known = {"agreement": "nda", "kind": "redline", "note": "We changed section 9.", "file": file or paperwork.pdf()}
    return client.post(reverse("requests:paper", args=[request.pk]), known | form)


def terms(**changed):
    return paperwork.form("rhea@example.com") | changed


def accept(client, paper, **changed):
    return client.post(reverse("desk:accept_paper", args=[paper.pk]), terms(**changed), follow=True)


def test_redline_waits_for_legal_and_opens_once_accepted(client, asked, rhea, agreement):
    lena = paperwork.lena()
    client.force_login(rhea)
    assert "Upload a paper instead" in shown(client.get(reverse("requests:sign", args=[asked.pk, "nda"])))
    answer = send(client, asked)
    paper = Paper.objects.get()
    assert answer.status_code == 302 and (paper.state, paper.kind, paper.request, paper.added_by) == (
        *("waiting", "redline", asked),
        rhea,
    )
    # Nothing is covered, the clock stands, and legal is told.
    assert not Coverage.objects.exists() and cast.fresh(asked).paused_at is not None
    assert Mail.objects.filter(to=lena.email, subject__contains="For you to check").count() == 1
    page = shown(client.get(reverse("requests:request", args=[asked.pk])))
    assert "Our legal team checks your paper" in page and "Withdraw it" in page
    assert "Our text with your changes" in page and "Our legal team checks your paper. You can still sign" in page
    assert "You uploaded a paper for Mutual NDA" in page
    staff_client(client, lena)
    page = shown(client.get("/desk/agreements/?show=check"))
    assert "“Rhea Diaz” (rhea@example.com)" in page and "For you to check" in page
    page = shown(client.get(reverse("desk:paper", args=[paper.pk])))
    assert "We changed section 9." in page and "Accept the paper" in page
    assert "uploaded a paper in place of a signature: Mutual NDA" in page
    assert "Accepted. We have told the person who uploaded it." in shown(accept(client, paper))
    paper.refresh_from_db()
    covers = Coverage.objects.get()
    assert (covers.paper, covers.person, covers.version) == (paper, rhea, None)
    assert (paper.state, paper.decided_by, cast.fresh(asked).status) == ("accepted", lena, "granted")
    assert Mail.objects.filter(to=rhea.email, subject="Accepted: Mutual NDA").count() == 1
    (said,) = history.entries(Record.objects.filter(action=Action.PAPER_ACCEPTED))
    assert said.text.endswith("accepted a paper: Mutual NDA for “Rhea Diaz” (rhea@example.com)")
    client.force_login(rhea)
    page = shown(client.get(reverse("requests:request", args=[asked.pk])))
    assert "Your document is open" in page and "Accepted" in page and "Withdraw it" not in page


def test_declined_paper_gives_its_reason_and_the_clock_runs_again(client, asked, rhea, agreement):
    request = cast.open_request(rhea, cast.document("caiq"))
    paper = paperwork.uploaded(request, agreement, rhea)
    assert cast.fresh(request).paused_at is not None
    staff_client(client, paperwork.lena())
    url = reverse("desk:decline_paper", args=[paper.pk])
    assert "Give a reason." in shown(client.post(url, {"reason": " "}))
    client.post(url, {"reason": "Section 9 removes every limit."})
    paper.refresh_from_db()
    assert (paper.state, paper.reason) == ("declined", "Section 9 removes every limit.")
    assert cast.fresh(request).paused_at is None and not Coverage.objects.exists()
    assert "Section 9 removes every limit." in Mail.objects.get(subject__contains="Not accepted").body
    client.force_login(rhea)
    page = shown(client.get(reverse("requests:request", args=[request.pk])))
    assert "Reason: Section 9 removes every limit." in page and "Upload a paper" in page
    # Another one may follow, and so may a signature.
    send(client, request)
    assert Paper.objects.filter(state="waiting").count() == 1


def test_paper_is_taken_back_to_sign_instead(client, asked, rhea, agreement):
    paper = paperwork.uploaded(asked, agreement, rhea)
    client.force_login(rhea)
    answer = client.post(reverse("requests:withdraw_paper", args=[asked.pk, paper.pk]), follow=True)
    assert "Withdrawn. You can sign our text or upload another paper." in shown(answer)
    cast.sign(asked, rhea, agreement.versions.get())
    assert cast.fresh(asked).status == "granted"
    with pytest.raises(FlowError, match="Somebody has decided"):
        flows.accept_paper(
            paper,
            reach=Reach("person", person=rhea),
            dates=paperwork.dates(),
            vouched=True,
            countersigned=False,
            by=paperwork.lena(),
        )
    assert Coverage.objects.get().signature is not None


def test_countersigned_copy_holds_the_paper_byte_for_byte(client, ready, asked, rhea, agreement, tmp_path):
    paper = paperwork.uploaded(asked, agreement, rhea, "theirs")
    staff_client(client, paperwork.lena())
    accept(client, paper, countersigned="on")
    assert "is being sealed" in shown(client.get(reverse("desk:paper", args=[paper.pk])))
    tasks.make_countersigned.call(paper.pk)
    tasks.make_countersigned.call(paper.pk)
    copy = CountersignedPaper.objects.get()
    mail = Mail.objects.get(subject__startswith="Countersigned")
    assert mail.to == rhea.email and mail.attachments == [["countersigned_paper", paper.pk]]
    url = reverse("agreements:countersigned_copy", args=[paper.pk])
    client.force_login(rhea)
    sealed = client.get(url).content
    assert "Total document signed" in seals.pdfsig(sealed, tmp_path)
    assert seals.enclosed(sealed, "paper.pdf") == paperwork.PDF
    # "Proof" has the copy and the receipts of both steps, for her alone.
    page = shown(client.get("/my/"))
    assert "Mutual NDA on paper" in page and url in page and copy.sha256 in page
    assert "Receipt of the acceptance: ready within a minute" in page
    checkpoints.make()
    page = shown(client.get(reverse("requests:request", args=[asked.pk])))
    for kind, action in (("paper", "agreement.paper_accepted"), ("countersigned", "agreement.paper_sealed")):
        receipt = reverse("requests:receipt", args=[kind, paper.pk])
        leaf = base64.b64decode(client.get(receipt).content.split(b"extra ")[1].split()[0]).decode()
        assert receipt in page and action in leaf
    client.force_login(cast.otto())
    assert client.get(url).status_code == client.get(receipt).status_code == 404
    staff_client(client, cast.person("legal2@trust.example", "Second", "legal"))
    again = client.post(reverse("desk:countersign_paper", args=[paper.pk]), follow=True)
    assert "already been countersigned" in shown(again) and CountersignedPaper.objects.get() == copy


def test_wrong_person_wrong_state_and_twice(client, asked, rhea, agreement):
    url = reverse("requests:paper", args=[asked.pk])
    client.force_login(cast.otto())
    assert client.get(url).status_code == client.post(url).status_code == 404
    with pytest.raises(FlowError, match="Only the person who made the request"):
        paperwork.uploaded(asked, agreement, cast.vera())
    paper = paperwork.uploaded(asked, agreement, rhea)
    with pytest.raises(FlowError, match="already being checked"):
        paperwork.uploaded(asked, agreement, rhea)
    assert StoredFile.objects.filter(pk=paper.file_id).exists()
    client.force_login(rhea)
    assert client.get(url).status_code == 302
    staff_client(client, cast.ben())
    assert client.post(reverse("desk:accept_paper", args=[paper.pk]), terms()).status_code == 403
    other = reverse("requests:withdraw_paper", args=[asked.pk, paper.pk])
    assert client.post(other).status_code == 404
    assert client.post(reverse("desk:accept_paper", args=["0" * 16]), terms()).status_code == 403


def test_legal_does_not_decide_their_own_paper(client, agreement):
    lena = paperwork.proven(paperwork.lena())
    request = cast.open_request(lena, cast.document())
    paper = paperwork.uploaded(request, agreement, lena)
    staff_client(client, lena)
    page = shown(client.get(reverse("desk:paper", args=[paper.pk])))
    assert "A colleague has to decide on it." in page and "Accept the paper" not in page
    assert "A colleague has to decide" in shown(accept(client, paper, whom=lena.email))
    paper.refresh_from_db()
    assert paper.state == "waiting"


def test_mistake_keeps_what_was_typed(client, asked, rhea):
    client.force_login(rhea)
    page = shown(send(client, asked, paperwork.pdf(b"not a PDF")))
    assert "This is not a PDF." in page and "We changed section 9." in page
    # Only legal says that a paper was signed elsewhere.
    page = shown(send(client, asked, kind="elsewhere"))
    assert "is not one of the available choices" in page and "Choose the PDF again" in page
    assert not Paper.objects.exists()


def test_uploads_are_bounded(client, asked, rhea, monkeypatch):
    monkeypatch.setattr("ndaflow.requests.views.papers.UPLOADS_AN_HOUR", 1)
    client.force_login(rhea)
    send(client, asked, kind="")
    answer = send(client, asked)
    assert answer.status_code == 429 and "Too many uploads." in shown(answer)
