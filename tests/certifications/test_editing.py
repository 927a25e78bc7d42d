import pytest
from django.urls import reverse

from certifications.models import Certification, Claim, Product, Subprocessor, Topic
from documents.models import Document
from tests import cast
from tests.admin_pages import save
from tests.certifications import content
from tests.signin import staff_client
from trustcenter.accounts.models import User
from trustcenter.audit.history import entry
from trustcenter.audit.models import Record
from trustcenter.web import revision

pytestmark = pytest.mark.django_db


@pytest.fixture
def edda(client):
    content.publish()
    editor = cast.edda()
    staff_client(client, editor)
    return editor


def newest() -> Record:
    """The newest record, apart from the one of the revision that each change makes."""
    return Record.objects.select_related("detail").exclude(action="content.revised").first()


def test_addition_is_recorded_and_raises_the_revision(client, edda):
    before = revision.current()
    answer = client.post(
        reverse("admin:certifications_topic_add"),
        {"slug": "people", "name": "People", "review_months": 12, "position": 9},
    )
    assert answer.status_code == 302
    topic = Topic.objects.get(slug="people")
    assert revision.current() > before
    assert newest().action == "content.added"
    assert newest().actor == str(edda.pk)
    assert newest().subject == f"topic:{topic.pk}"
    assert entry(newest()).text == "“Edda Editor” (edda@trust.example) added the topic “People”"


def test_record_of_a_change_names_the_fields(client, edda):
    claim = Claim.objects.get(slug="law")
    save(
        client,
        claim,
        {
            "slug": "law",
            "topic": claim.topic_id,
            "question": claim.question,
            "answer": "Another one.",
            "as_of": "2026-03-01",
            "review_by": content.LATER,
            "evidence": ["report"],
            "position": 2,
        },
    )
    claim.refresh_from_db()
    assert claim.answer == "Another one."
    assert entry(newest()).text.endswith("changed Answer and Evidence of the claim “Which law holds?”")


def test_record_of_a_change_says_what_it_said_before_and_says_now(client, edda):
    claim = Claim.objects.get(slug="law")
    people = Topic.objects.create(slug="people", name="People", position=9)
    topic, answer, long = claim.topic.name, claim.answer, "x" * 600
    form = {"slug": "law", "question": claim.question, "as_of": "2026-03-01", "evidence": claim.evidence, "position": 2}
    save(client, claim, form | {"topic": people.pk, "answer": long})
    changes = {one["field"]: (one["from"], one["to"]) for one in entry(newest()).detail["changes"]}
    assert changes["Topic"] == (topic, "People")
    assert changes["Answer"] == (answer, "x" * 499 + "…")
    iris = cast.person("iris@trust.example", "Iris", "auditor")
    seen = " ".join(staff_client(client, iris).get(reverse("log:records")).content.decode().split())
    assert f"Topic: from “{topic}” to “People”" in seen


def test_status_in_the_log_and_on_the_page_is_one_word(client, edda):
    certification = Certification.objects.get(slug="soc-2-type-ii")
    form = {
        "slug": certification.slug,
        "framework": certification.framework_id,
        "scope": "Security",
        "as_of": "2026-03-01",
    }
    save(client, certification, form | {"stated_status": "in_progress", "position": 0, "evidence": ["report"]})
    changes = {one["field"]: (one["from"], one["to"]) for one in entry(newest()).detail["changes"]}
    assert changes["Status"] == ("Attested", "In progress")
    page = client.get(reverse("site:certification", args=[certification.slug])).content.decode()
    assert "In progress" in page and "Attested" not in page


def test_evidence_is_chosen_from_the_documents(client, edda):
    """A slug that names no document would silently show no evidence."""
    for slug in ("letter", "test"):
        Document.objects.create(slug=slug, title=f"The {slug}", kind="bridge_letter", as_of="2026-03-01")
    claim = Claim.objects.get(slug="law")
    Claim.objects.filter(pk=claim.pk).update(evidence=["test", "letter"])
    form = {"slug": "law", "topic": claim.topic_id, "question": claim.question, "answer": "A.", "as_of": "2026-03-01"}
    page = save(client, claim, form | {"position": 2, "evidence": ["nothing"]}).content.decode()
    assert "nothing is not one of the available choices" in page and "The letter" in page
    save(client, claim, form | {"position": 2, "evidence": ["letter", "report", "test"]})
    claim.refresh_from_db()
    # Those that were there keep their order.
    assert claim.evidence == ["test", "letter", "report"]


def test_removal_is_recorded(client, edda):
    claim = Claim.objects.get(slug="law")
    client.post(reverse("admin:certifications_claim_delete", args=[claim.pk]), {"post": "yes"})
    assert not Claim.objects.filter(slug="law").exists()
    assert newest().subject == f"claim:{claim.pk}"
    assert entry(newest()).text.endswith("removed the claim “Which law holds?”")


def test_removal_of_several_rows_records_each(client, edda):
    rows = [claim.pk for claim in Claim.objects.all()]
    client.post(
        reverse("admin:certifications_claim_changelist"),
        {"action": "delete_selected", "_selected_action": rows, "post": "yes"},
    )
    assert not Claim.objects.exists()
    assert Record.objects.filter(action="content.removed").count() == len(rows)


def test_change_is_rolled_back_if_it_cannot_be_recorded(client, edda, monkeypatch):
    def refuse(*args, **kwargs):
        raise RuntimeError("the log is not there")

    monkeypatch.setattr("trustcenter.audit.log.append", refuse)
    with pytest.raises(RuntimeError):
        client.post(
            reverse("admin:certifications_topic_add"),
            {"slug": "people", "name": "People", "review_months": 12, "position": 9},
        )
    assert not Topic.objects.filter(slug="people").exists()


def test_second_company_profile_is_refused(client, edda):
    assert client.get(reverse("admin:certifications_profile_add")).status_code == 403


def test_sales_cannot_edit(client):
    content.publish()
    staff_client(client, cast.sal())
    assert client.get(reverse("admin:certifications_claim_changelist")).status_code == 403


def test_document_that_is_evidence_is_not_removed(client, edda):
    """Its slug would stay in the evidence and name nothing."""
    Claim.objects.filter(slug="law").update(evidence=["report"])
    # No role may remove documents, but a superuser may.
    User.objects.filter(pk=edda.pk).update(is_superuser=True)
    report = Document.objects.get(slug="report")
    url = reverse("admin:documents_document_delete", args=[report.pk])
    page = client.post(url, {"post": "yes"}).content.decode()
    assert "Which law holds?" in page and Document.objects.filter(pk=report.pk).exists()
    page = client.get(reverse("admin:documents_document_change", args=[report.pk])).content.decode()
    assert 'name="slug"' not in page, "a new slug would leave the evidence behind"
    for fact in (Product, Certification, Claim, Subprocessor):
        fact.objects.update(evidence=[])
    client.post(url, {"post": "yes"})
    assert not Document.objects.filter(pk=report.pk).exists()
