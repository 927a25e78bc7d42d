import io
from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from certifications.models import Certification, Claim, Framework, Product, Profile
from certifications.sections import ContentError
from documents.models import Document
from tests import cast
from tests.certifications import content
from trustcenter.audit.models import Record
from trustcenter.site.content_file import export_content
from trustcenter.web import revision

pytestmark = pytest.mark.django_db

POSTURE = settings.BASE_DIR / "content" / "posture.toml"


def exported() -> str:
    out = io.StringIO()
    call_command("content", "export", "-", stdout=out)
    return out.getvalue()


def refused(tables) -> list[str]:
    with pytest.raises(ContentError) as refusal:
        content.publish(tables)
    return refusal.value.sentences


def test_export_gives_the_imported_bytes(tmp_path):
    source, copy = tmp_path / "posture.toml", tmp_path / "copy.toml"
    source.write_text(content.text(), encoding="utf-8")
    call_command("content", "import", str(source), stdout=io.StringIO())
    call_command("content", "export", str(copy))
    assert copy.read_bytes() == source.read_bytes()


def test_demo_content_is_the_same_after_import_and_export():
    call_command("content", "import", str(POSTURE), stdout=io.StringIO())
    assert exported() == POSTURE.read_text(encoding="utf-8")
    statuses = set(Certification.objects.values_list("stated_status", flat=True))
    assert len(statuses) == 8


def test_import_reads_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.text().encode())))
    call_command("content", "import", "-", stdout=io.StringIO())
    assert Profile.objects.get().name == "Example"


def test_import_is_recorded_and_raises_the_revision_once():
    content.publish()
    before = revision.current()
    content.publish()
    assert revision.current() == before + 1
    newest = Record.objects.select_related("detail").first()
    assert newest.action == "content.imported"
    assert "posture.toml" in newest.detail.body


def test_import_deletes_rows_not_in_the_file_and_keeps_the_ids_of_others():
    content.publish()
    kept = Product.objects.get(slug="enterprise").pk
    tables = content.tables()
    tables["products"][0]["name"] = "Enterprise plan"
    tables["products"].pop()
    tables["frameworks"][0]["slug"] = tables["certifications"][0]["framework"] = "soc2"
    tables["claims"] = tables["claims"][2:]
    tables["subprocessors"] = []
    content.publish(tables)
    assert export_content() == content.text(tables)
    assert Product.objects.get().pk == kept
    assert Framework.objects.first().slug == "soc2"


def test_requested_document_cannot_be_removed():
    content.publish()
    cast.current_version(Document.objects.get(slug="report"))
    before = exported()
    tables = content.tables()
    tables["documents"] = []
    for row in (*tables["products"], tables["certifications"][0], tables["subprocessors"][0]):
        row.pop("evidence")
    tables["claims"][0]["evidence"] = []
    tables["updates"][1].pop("documents")
    tables["company"]["name"] = "Changed"
    (sentence,) = refused(tables)
    assert "'report' (SOC 2 report)" in sentence
    assert "cannot be removed" in sentence
    assert exported() == before


def test_bad_file_changes_nothing_and_exits_with_one(tmp_path):
    content.publish()
    before, number, records = exported(), revision.current(), Record.objects.count()
    bad = tmp_path / "bad.toml"
    bad.write_text(content.text().replace('"attested"', '"atested"'), encoding="utf-8")
    with pytest.raises(CommandError) as refusal:
        call_command("content", "import", str(bad))
    assert refusal.value.returncode == 1
    assert "certifications[0].status: 'atested' is not one of attested, certified," in str(refusal.value)
    assert "expired" not in str(refusal.value)
    assert (exported(), revision.current(), Record.objects.count()) == (before, number, records)


@pytest.mark.once
@pytest.mark.parametrize("broken", [b"a = 1\nb = = 2\n", b"a = 1\nb = 1\nb = 2\n"])
def test_invalid_toml_is_reported_with_its_line(tmp_path, broken):
    bad = tmp_path / "bad.toml"
    bad.write_bytes(broken)
    with pytest.raises(CommandError, match=r"line [23]"):
        call_command("content", "import", str(bad))


@pytest.mark.once
def test_invalid_utf8_is_reported_with_its_line(tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_bytes(b'a = 1\nb = "\xff"\n')
    with pytest.raises(CommandError, match="line 2"):
        call_command("content", "import", str(bad))


@pytest.mark.once
def test_missing_file_is_reported():
    with pytest.raises(CommandError, match="No such file"):
        call_command("content", "import", "/nowhere/posture.toml")


def test_export_before_the_first_import_is_refused():
    with pytest.raises(CommandError, match="Nothing is published yet"):
        call_command("content", "export", "-")


def change(path: str, value):
    """A file with one key changed, or removed if `value` is None."""
    tables = content.tables()
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = tables
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return tables


@pytest.mark.once
@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("claims.1.answr", "Yes", "claims[1].answr: is not a key of this section"),
        ("claims.1.answer", None, "claims[1].answer: is missing"),
        ("claims.1.answer", 7, "claims[1].answer: must be text in quotes"),
        ("claims.1.answer", "", "claims[1].answer: This field cannot be blank."),
        ("claims.1.answer", "a\0b", "claims[1].answer: contains a null character"),
        ("claims.1.featured", "yes", "claims[1].featured: must be true or false"),
        (
            "claims.1.as_of",
            "2026-03-01",
            "claims[1].as_of: must be a date such as 2026-03-01, without quotes",
        ),
        ("claims.1.as_of", datetime(2026, 3, 1, tzinfo=UTC), "claims[1].as_of: must be a date such as"),
        ("claims.1.slug", "own-keys", "claims[1].slug: 'own-keys' is already the slug of claims[0]"),
        ("topics.0.slug", "Keys!", "topics[0].slug: “Keys!” may contain only lower-case letters, digits and hyphens"),
        ("claims.1.topic", "locks", "claims[1].topic: 'locks' is not in topics"),
        ("claims.0.certification", "iso", "claims[0].certification: 'iso' is not in certifications"),
        ("claims.1.products", ["api", "app"], "claims[1].products: 'app' is not in products"),
        ("claims.1.products", ["api", "api"], "claims[1].products: contains a slug twice"),
        ("claims.1.products", "api", "claims[1].products: must be a list of slugs"),
        ("claims.1.evidence", ["sorcery"], "claims[1].evidence: 'sorcery' is not in documents"),
        ("claims.1.conflicts_with", [], "claims[0].conflicts_with: 'keys-later' does not name 'own-keys'"),
        ("claims.2.conflicts_with", ["law"], "claims[2].conflicts_with: a claim cannot contradict itself"),
        ("certifications.0.framework", "soc-3", "certifications[0].framework: 'soc-3' is not in"),
        ("certifications.0.status", "expired", "certifications[0].status: 'expired' is not one of"),
        (
            "certifications.0.period_end",
            date(2024, 1, 1),
            "certifications[0]: A reporting period needs a start",
        ),
        ("certifications.0.period_end", None, "certifications[0]: A reporting period needs a start and an end"),
        ("documents.0.level", "secret", "documents[0].level: 'secret' is not in levels"),
        ("documents.0.level", None, "documents[0].level: is missing"),
        ("levels.1.approvals", True, "levels[1].approvals: must be a whole number"),
        ("levels.1.approvals", 4, "levels[1].approvals: Ensure this value is less than or equal to 3"),
        ("levels.1.approvals", None, "levels[1].approvals: is missing"),
        ("levels.1.way", "fax", "levels[1].way: 'fax' is not one of file, pages"),
        ("levels.1.usual_days", 2000, "levels[1]: The usual duration is longer than the longest duration."),
        ("levels.0.approvals", 1, "levels[0].approvals: cannot be set: everyone can open this level."),
        (
            "documents.0.period_end",
            None,
            "documents[0].period_end: A reporting period needs a start and an end",
        ),
        (
            "company.name",
            "Ex\u202eample",
            "company.name: After “Ex” there is a character that cannot be seen (U+202E).",
        ),
        ("company.contact_email", "nobody", "company.contact_email: Enter an e-mail address such as"),
        ("company.motto", "Trust us", "company.motto: is not a key of this section"),
        ("source.title", None, "source.title: is missing"),
        ("source", None, "source: is missing"),
        ("topics", None, "topics: is missing"),
        ("topics", "none", "topics: must be a list of tables"),
        ("company", [], "company: must be a table"),
        ("news", [], "news: is not a section"),
    ],
)
def test_mistake_is_reported_with_its_key(path, value, sentence):
    sentences = refused(change(path, value))
    assert any(one.startswith(sentence) for one in sentences), sentences
    assert not Claim.objects.exists()


def test_all_mistakes_are_reported_at_once():
    tables = content.tables()
    tables["claims"][0]["topic"] = "locks"
    tables["documents"][1]["kind"] = "novel"
    tables["company"].pop("website")
    assert len(refused(tables)) == 3
