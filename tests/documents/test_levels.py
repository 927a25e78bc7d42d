"""Levels in the database, at the door, in the content file and in the log."""

import json

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from certifications.sections import ContentError
from documents.access import Refused, Way, admission
from documents.models import Document, Level
from documents.models.levels import SHIPPED
from tests import cast
from tests.certifications import content
from trustcenter.audit.models import Record
from trustcenter.audit.state import Told, differences
from trustcenter.site.content_file import export_content

pytestmark = pytest.mark.django_db


def shut(reader, document, way=Way.FILE):
    with pytest.raises(Refused) as refusal:
        admission(reader, document.slug, timezone.now(), way)
    return refusal.value.code


def unrecorded():
    told = Told()
    for record in Record.objects.order_by("number"):
        told.read(record)
    return [one.reason for one in differences(told) if one.subject.startswith("level:")]


def test_new_site_has_the_three_shipped_levels():
    assert [level.facts() for level in Level.objects.all()] == list(SHIPPED)
    assert [level.slug for level in Level.objects.all()] == ["public", "nda", "restricted"]


def test_missing_level_opens_nothing(rhea, report, grant):
    assert admission(rhea, report.slug, timezone.now()).grant == grant
    Document.objects.update(level=None)
    assert shut(rhea, report) == "no_level"
    assert not Document.objects.get().can_be_requested


@pytest.mark.parametrize(("stricter", "code"), [({"approvals": 2}, "more_approvals"), ({"way": "pages"}, "pages_only")])
def test_stricter_level_shuts_out_at_once(rhea, report, grant, stricter, code):
    Level.objects.filter(slug="nda").update(**stricter)
    assert shut(rhea, report) == code


@pytest.mark.parametrize(
    "wrong",
    [
        {"approvals": 0},
        {"approvals": 4},
        {"usual_days": 400, "longest_days": 399},
        {"usual_days": 0},
        {"longest_days": 1096},
        {"way": "fax"},
        {"is_public": True, "approvals": 0},
    ],
)
def test_database_refuses_a_level_that_makes_no_sense(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Level.objects.filter(slug="nda").update(**wrong)


def test_level_with_a_document_cannot_be_deleted(report):
    with pytest.raises(ProtectedError):
        Level.objects.get(slug="nda").delete()


def test_shipped_level_needs_no_record_and_a_changed_one_does():
    assert unrecorded() == []
    Level.objects.filter(slug="nda").update(approvals=2)
    assert unrecorded() == ["no record knows this row"]
    Level.objects.filter(slug="nda").update(approvals=1)
    tables = content.tables()
    tables["levels"][1]["approvals"] = 2
    content.publish(tables)
    record = Record.objects.get(action="level.changed", subject=f"level:{Level.objects.get(slug='nda').pk}")
    assert {"field": "approvals", "from": "1", "to": "2"} in json.loads(record.detail.body)["changes"]
    assert unrecorded() == []
    # Back to what a new site has, but behind the log's back.
    Level.objects.filter(slug="nda").update(approvals=1, changed_at=None)
    assert unrecorded()


def test_content_file_adds_changes_and_removes_levels_and_leaves_them_alone_when_it_has_none():
    tables = content.tables()
    tables["levels"].append(tables["levels"][1] | {"slug": "board", "name": "Board only", "approvals": 3})
    content.publish(tables)
    # Restricted is not in this file, and nothing uses it.
    assert [level.slug for level in Level.objects.all()] == ["public", "nda", "board"]
    assert export_content() == content.text(tables)
    assert {one.action for one in Record.objects.all()} >= {"level.added", "level.changed", "level.removed"}
    del tables["levels"]
    content.publish(tables)
    assert Level.objects.count() == 3


@pytest.mark.once
@pytest.mark.parametrize(
    "looser", [{"approvals": 1}, {"way": "file"}, {"agreements": []}, {"agreements": ["dpa", "soc"]}]
)
def test_content_file_cannot_loosen_the_level_of_a_document_that_has_versions(looser):
    tables = content.tables()
    tables["levels"][1] |= {"approvals": 2, "way": "pages", "agreements": ["dpa", "nda"]}
    content.publish(tables)
    cast.current_version(Document.objects.get(slug="report"))
    tables["levels"][1] |= looser
    with pytest.raises(ContentError, match="made stricter here, but not more open"):
        content.publish(tables)
    assert Level.objects.get(slug="nda").approvals == 2
    tables["levels"][1] |= {"approvals": 3, "way": "pages", "agreements": ["dpa", "nda", "soc"]}
    content.publish(tables)
    assert Document.objects.get(slug="report").required_agreements == ("dpa", "nda", "soc")


def test_document_requires_its_own_agreements_too(report):
    report.agreements = ["baa", "nda"]
    assert report.required_agreements == ("nda", "baa")
    assert report.terms.are_as_strict_as(report.level.terms)
    assert not report.level.terms.are_as_strict_as(report.terms)
