"""The checks of the public content: what they find, what they leave alone, and how the command tells it."""

import io
import json
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from certifications.checking.checks import check_now
from certifications.checking.facts import Facts
from certifications.checking.words import wrong_words
from certifications.models import Certification, Claim, Framework, Profile, Update
from documents.models import Document, DocumentVersion
from tests import cast
from tests.admin_pages import save
from tests.certifications import content
from tests.certifications.updates import sample
from tests.signin import staff_client

TODAY = date(2026, 11, 28)

WRONG = {
    "We are SOC 2 certified.": "SOC 2 certified",
    "A SOC2 Type II certification covers it.": "SOC2 Type II certification",
    "Certified under SOC 2 since 2024.": "Certified under SOC 2",
    "We are SOC\u00a02 and ISO/IEC 27001 certified.": "SOC 2 and ISO/IEC 27001 certified",
    "Not only SOC 2 certified, also audited.": "SOC 2 certified",
    "No. We are SOC\u20112 certified.": "SOC-2 certified",
    "The service is ISO 27001 compliant.": "ISO 27001 compliant",
    "Everything is HIPAA-certified.": "HIPAA-certified",
    "We hold a GDPR certificate.": "GDPR certificate",
    "FedRAMP certified at Moderate.": "FedRAMP certified",
    "Bank-grade encryption.": "Bank-grade",
    "military\u200b grade keys": "military grade",
    "Your data is 100\u202f% secure.": "100 % secure",
    "Unhackable by design.": "Unhackable",
}
RIGHT = (
    "Nobody is SOC 2 certified: it is an attestation report, not a certificate.",
    "There is no HIPAA certification; we sign a BAA.",
    "“SOC 2 certified” is wrong.",
    "SOC 2 certification does not exist.",
    "The SOC 2 report and the ISO/IEC 27001 certificate are open to you.",
    "ISO/IEC 27001 certified, and SOC 2 attested.",
    "A GDPR certification under Article 42 is planned.",
    "Claude holds no PCI DSS certification.",
    "The bank grades its suppliers.",
    "Nothing is 100 % secure.",
)


def test_words_that_promise_too_much():
    def found(text):
        profile = Profile(pk=1, name="Example", summary=text)
        framework = Framework(pk=1, slug="soc-2", name="SOC 2 Type II")
        return list(wrong_words(Facts(today=TODAY, profile=profile, frameworks=[framework])))

    for text, words in WRONG.items():
        (one,) = found(text)
        assert one.sentence == f"“Example” says “{words}”." and one.todo
        assert [str(place) for place in one.places] == ["company", "frameworks/soc-2"][: 1 + ("SOC" in words)]
    for text in RIGHT:
        assert not found(text), text


@pytest.fixture
def on_that_day(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda *args: TODAY)


def told(findings):
    return {(finding.code.value, *map(str, finding.places)) for finding in findings}


@pytest.mark.django_db
@pytest.mark.once
def test_the_demo_has_exactly_its_one_contradiction(on_that_day, django_assert_num_queries, client):
    call_command("content", "import", str(settings.BASE_DIR / "content" / "posture.toml"), stdout=io.StringIO())
    places = ["claims/cmk-by-arrangement", "claims/cmk-on-roadmap"]
    # Before the first file is there, while files are being checked, and when all of them are.
    assert told(check_now()) == {("contradiction", *places)}
    for document in Document.objects.all():
        cast.current_version(document)
    DocumentVersion.objects.filter(document__slug="dpa").update(state="checking")
    with django_assert_num_queries(16):
        assert told(check_now()) == {("contradiction", *places)}
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_posture", stdout=out)
    lines = out.getvalue().splitlines()
    assert ended.value.code == 1
    assert lines[0].startswith("contradiction: “Can Enterprise customers bring their own encryption keys?” and ")
    assert [line.split()[0] for line in lines[1:3]] == places and len(lines) == 4
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("check_posture", "--json", stdout=out)
    (one,) = json.loads(out.getvalue())
    claim = Claim.objects.get(slug="cmk-by-arrangement")
    assert one["code"] == "contradiction" and one["todo"] and one["places"][0]["slug"] == claim.slug
    assert one["places"][0]["edit"] == f"{settings.SITE_URL}/desk/content/claims/{claim.slug}/"
    Claim.objects.get(slug="cmk-by-arrangement").conflicts_with.clear()
    out = io.StringIO()
    call_command("check_posture", stdout=out)
    assert out.getvalue() == "Nothing to correct.\n"


def _sound():
    """Content with nothing to correct."""
    tables = content.tables()
    del tables["certifications"][0]["valid_until"]
    for claim in tables["claims"]:
        claim["conflicts_with"] = []
    return tables


def _new(section, number, **fields):
    return lambda tables: tables[section].append({**tables[section][number], **fields})


def _set(section, number, **fields):
    return lambda tables: tables[section][number].update(fields)


def _ended(tables):
    tables["certifications"][0]["valid_until"] = TODAY - timedelta(days=1)
    tables["claims"][2]["answer"] = "We have a SOC 2 attestation. We were SOC 2 attested before."
    tables["company"]["summary"] = "What Example can show. Its SOC 2 attestation has ended."


def _ended_paper(tables):
    tables["documents"][0]["valid_until"] = TODAY - timedelta(days=1)


def _undated(tables):
    for row in (tables["certifications"][0], tables["documents"][0]):
        del row["period_start"], row["period_end"]


PLANTED = [
    (_ended, {("ended", f"claims/{slug}", "certifications/soc-2-type-ii") for slug in ("own-keys", "law")}),
    (_ended_paper, {("ended", "certifications/soc-2-type-ii", "documents/report")}),
    (_set("claims", 2, review_by=TODAY - timedelta(days=1)), {("overdue", "claims/law")}),
    (_set("claims", 2, review_by=TODAY + timedelta(days=30)), {("due", "claims/law")}),
    (_set("claims", 2, review_by=TODAY + timedelta(days=31)), set()),
    (lambda tables: tables["topics"][1].update(review_months=8) or tables["claims"][2].pop("review_by"),
     {("overdue", "claims/law", "topics/law")}),
    (_undated, {("no_dates", "certifications/soc-2-type-ii", "documents/report")}),
    (lambda tables: tables["certifications"][1].pop("target"), {("no_target", "certifications/fedramp")}),
    (_set("certifications", 1, target=TODAY - timedelta(days=1)), {("target_passed", "certifications/fedramp")}),
    (_set("documents", 0, kind="certificate"), {("gated", "documents/report", "levels/nda")}),
    (_set("documents", 0, kind="agreement"), {("gated", "documents/report", "levels/nda")}),
    (_set("claims", 2, answer="Hosted on AWS in Vienna."), {("subprocessor_missing", "claims/law", "subprocessors")}),
    (_set("routes", 0, runs_in="Microsoft Azure, EU"), {("subprocessor_missing", "routes/enterprise-direct", "subprocessors")}),
    (_set("routes", 0, runs_in="Azure", kind="marketplace"), set()),
    (_set("claims", 2, answer="Run it through AWS Bedrock in your own AWS account."), set()),
    (_set("claims", 2, answer="Logs can be sent to Datadog by you. It is not hosted on AWS."), set()),
    (_set("products", 0, retention="Data is stored by Host."), {("subprocessor_scope", "products/enterprise", "subprocessors/host")}),
    (_set("products", 1, retention="Data is stored by Host."), set()),
    (_set("claims", 2, answer="We use no subprocessors."), {("subprocessor_denied", "claims/law", "subprocessors/host")}),
    (_set("claims", 0, answer="We use no subprocessors."), set()),
    # Who has ended is not listed any more.
    (lambda tables: tables["subprocessors"][0].update(ended=TODAY - timedelta(days=1)) or
     tables["claims"][2].update(answer="We use no subprocessors."), set()),
    (_set("subprocessors", 0, announced=TODAY, effective=TODAY + timedelta(days=29)), {("notice", "subprocessors/host")}),
    (_set("subprocessors", 0, announced=TODAY, effective=TODAY + timedelta(days=30)), set()),
    (lambda tables: tables["subprocessors"][0].pop("announced") and
     tables["subprocessors"][0].update(effective=TODAY + timedelta(days=30)), {("notice", "subprocessors/host")}),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.once
def test_each_fault_is_found_with_its_places_and_nothing_else(on_that_day):
    """Faults are planted one after another into content with nothing to correct."""
    content.publish(_sound())
    for document in Document.objects.all():
        cast.current_version(document)
    assert not check_now()
    for number, (plant, expected) in enumerate(PLANTED):
        tables = _sound()
        plant(tables)
        content.publish(tables)
        found = check_now()
        assert told(found) == expected, number
        assert all(one.sentence and one.todo and one.places[0].edit for one in found)


@pytest.mark.django_db
@pytest.mark.once
def test_evidence_that_leads_nowhere(on_that_day):
    content.publish(_sound())
    report = Document.objects.get(slug="report")
    assert not check_now(), "no file can be there before the content is"
    cast.current_version(Document.objects.get(slug="caiq"))
    facts = ("products/enterprise", "certifications/soc-2-type-ii", "claims/own-keys", "subprocessors/host")
    nobody = {("evidence_empty", fact, "documents/report") for fact in facts}
    assert told(check_now()) == nobody
    version = cast.current_version(report)
    assert not check_now()
    DocumentVersion.objects.filter(pk=version.pk).update(state="superseded")
    assert told(check_now()) == nobody
    DocumentVersion.objects.filter(pk=version.pk).update(state="ready")
    assert not check_now(), "somebody will publish it"
    Claim.objects.filter(slug="law").update(evidence=["lost"])
    Certification.objects.update(evidence=["lost", "report"])
    found = check_now()
    assert ("evidence_missing", "claims/law", "documents/lost") in told(found)
    sentences = {str(one.places[0]): one.sentence for one in found}
    assert sentences["claims/law"].startswith("The only evidence for “Which law holds?” is missing")
    assert (
        sentences["certifications/fedramp"]
        == "“FedRAMP” names the document “lost” as evidence, but there is no such document."
    )


@pytest.mark.django_db
@pytest.mark.once
def test_saving_and_importing_warn_and_refuse_nothing(client, tmp_path):
    content.publish(_sound())
    staff_client(client, cast.edda())
    claim = Claim.objects.get(slug="law")
    form = {"slug": "law", "topic": claim.topic_id, "question": claim.question, "as_of": "2026-03-01", "position": 2}
    page = save(client, claim, form | {"answer": "We are SOC 2 certified.", "review_by": content.LATER})
    claim.refresh_from_db()
    assert claim.answer == "We are SOC 2 certified."
    assert "says “SOC 2 certified”" in page.content.decode() and "Write “SOC 2 report”" in page.content.decode()
    # What is wrong elsewhere is not said here.
    other = Claim.objects.get(slug="keys-later")
    form |= {"slug": other.slug, "topic": other.topic_id, "question": other.question, "answer": "Not yet."}
    page = save(client, other, form | {"review_by": content.LATER}).content.decode()
    assert "was changed successfully" in page and "SOC 2 certified" not in page

    file, out, err = tmp_path / "posture.toml", io.StringIO(), io.StringIO()
    tables = _sound()
    tables["company"]["summary"] = "Unhackable."
    file.write_text(content.text(tables))
    call_command("content", "import", str(file), stdout=out, stderr=err)
    assert Profile.objects.get().summary == "Unhackable." and "was replaced" in out.getvalue()
    assert err.getvalue().startswith("Warning: “Example” says “Unhackable”. Say what protects the data.")


@pytest.mark.django_db
@pytest.mark.once
def test_posts_are_held_to_what_was_true_when_they_were_written():
    content.publish()
    edda, today = cast.edda(), timezone.localdate()
    Update.objects.all().delete()
    row = Certification.objects.get(framework__slug="soc-2")
    # Both said it, one while it was true.
    text = "We are SOC 2 attested.\n\nNobody is SOC 2 certified."
    earlier, later = (sample.post(edda, title, body=text) for title in ("Then", "Now"))
    Update.objects.filter(pk=earlier.pk).update(published_at=timezone.now() - timedelta(days=40))
    Certification.objects.filter(pk=row.pk).update(valid_until=today - timedelta(days=30))
    wrong = sample.post(edda, "Certified", body="We are SOC 2 certified since today.", documents=["report"])
    wrong.documents = ["report", "gone"]
    wrong.save()
    silent = sample.incident(edda, started_at=timezone.now() - timedelta(days=15, hours=2))
    found = {one for one in told(check_now()) if any(place.startswith("updates/") for place in one)}
    where = f"certifications/{row.slug}"
    assert found == {
        ("ended", f"updates/{later.slug}", where),
        ("ended", f"updates/{wrong.slug}", where),
        ("evidence_missing", f"updates/{wrong.slug}"),
        ("wrong_words", f"updates/{wrong.slug}", "frameworks/soc-2"),
        ("silent", f"updates/{silent.slug}"),
    }
    sample.continued(silent, edda, "resolved", hours=24 * 14)
    assert not any(code == "silent" for code, *_places in told(check_now()))
    Certification.objects.filter(pk=row.pk).update(valid_until=None)
    assert not any(code == "ended" for code, *_places in told(check_now()))
