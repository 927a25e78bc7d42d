import json
from datetime import timedelta

import pytest
from django.utils import timezone

from certifications.history import revising
from certifications.models import Certification, Claim
from documents.models import Document
from tests import cast
from tests.certifications import content

pytestmark = pytest.mark.django_db


def posture(client) -> dict:
    page = client.get("/posture.json")
    assert page.status_code == 200
    assert page["Content-Type"] == "application/json"
    return page.json()


def test_json_has_the_facts_of_the_content_file(client):
    content.publish()
    data = posture(client)
    tables = json.loads(json.dumps(content.tables(), default=str))
    tables["company"].pop("translations")
    assert data["company"] == tables["company"] | {"overdue": False}
    assert data["source"] == tables["source"]
    assert data["as_of"] == "2026-03-01"
    assert data["routes"] == tables["routes"] and data["duties"] == tables["duties"]
    assert data["topics"] == [{key: one[key] for key in ("slug", "name", "review_months")} for one in tables["topics"]]
    for section in ("products", "subprocessors", "claims"):
        for said, written in zip(data[section], tables[section], strict=True):
            # The English text is the one that counts.
            written.pop("translations", None)
            assert said | written == said and "translations" not in said
            assert said["overdue"] is False


def test_who_reviews_a_fact_is_not_said(client):
    content.publish()
    assert "mara@trust.example" not in client.get("/posture.json").content.decode()


def test_a_fact_says_by_when_it_is_reviewed(client):
    tables = content.tables()
    del tables["claims"][2]["review_by"]
    content.publish(tables)
    said = posture(client)["claims"][2]
    assert said["review_by"] == "2028-03-01", "two years after its day, as its topic says"


def test_certification_includes_its_framework(client):
    content.publish()
    certification = posture(client)["certifications"][0]
    assert certification["framework"] == "SOC 2 Type II"
    assert certification["framework_slug"] == "soc-2"
    assert certification["kind"] == "attestation"
    assert (certification["status"], certification["status_text"]) == ("attested", "Attested")
    assert certification["evidence"] == ["report"]


def test_what_has_ended_says_so(client):
    content.publish()
    yesterday = timezone.localdate() - timedelta(days=1)
    Certification.objects.update(valid_until=yesterday)
    Claim.objects.filter(slug="own-keys").update(review_by=yesterday)
    # What the clock does, a few minutes after midnight at the latest.
    revising.revise_by_the_clock()
    data = posture(client)
    assert data["certifications"][0]["status"] == "expired"
    assert data["certifications"][0]["status_text"] == "Expired"
    assert data["certifications"][0]["expired"] is True
    assert [claim["overdue"] for claim in data["claims"]] == [True, False, False]


def test_gated_documents_have_only_a_title(client):
    content.publish()
    version = cast.current_version(Document.objects.get(slug="report"))
    page = client.get("/posture.json")
    gated, public = page.json()["documents"]
    assert gated == {
        "slug": "report",
        "title": "SOC 2 report",
        "kind": "soc2_report",
        "level": "nda",
        "agreements": ["nda"],
        "period_start": "2025-01-01",
        "period_end": "2025-12-31",
    }
    assert public["summary"] == "Questions and answers."
    for secret in [version.pk, version.original_id, version.original.sha256, "Secret summary"]:
        assert secret not in page.content.decode()


def test_json_is_empty_and_valid_before_anything_is_published(client):
    data = posture(client)
    assert (data["company"], data["as_of"], data["certifications"], data["documents"]) == ({}, None, [], [])
