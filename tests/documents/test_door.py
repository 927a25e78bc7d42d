import tomllib
from dataclasses import replace
from datetime import timedelta

import pytest
import tomli_w
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from certifications.sections import ContentError
from documents import agreements
from documents.access import Refused, Way, WrongWay, admission, open_grants, open_version
from documents.models import AccessGrant, Document, DocumentVersion
from ndaflow.agreements.models import Coverage
from tests import admin_pages, cast
from tests.signin import staff_client
from trustcenter import audit
from trustcenter.site.content_file import import_content

DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def change(grant, **values):
    AccessGrant.objects.filter(pk=grant.pk).update(**values)


def shut(reader, document, at=None):
    with pytest.raises(Refused) as refusal:
        admission(reader, document.slug, at or timezone.now())
    return str(refusal.value)


def test_active_grant_opens(rhea, report, grant):
    assert admission(rhea, report.slug, timezone.now()).grant == grant


def test_person_without_a_grant_is_refused(rhea, report):
    assert "do not have access" in shut(rhea, report)


def test_grant_starts_and_ends_at_its_exact_times(rhea, report, grant):
    assert "begins" in shut(rhea, report, grant.starts_at - timedelta(microseconds=1))
    Coverage.objects.update(starts_at=grant.starts_at)
    assert admission(rhea, report.slug, grant.starts_at).grant == grant
    assert admission(rhea, report.slug, grant.ends_at - timedelta(microseconds=1)).grant == grant
    assert "ended on" in shut(rhea, report, grant.ends_at)


@pytest.mark.parametrize(("end", "word"), [("revoked", "revoked"), ("expired", "ended on"), ("replaced", "ended on")])
def test_ended_grant_is_refused(rhea, report, grant, end, word):
    change(grant, ended_at=timezone.now() - DAY, end=end)
    assert word in shut(rhea, report)


def test_grant_under_an_agreement_no_longer_in_force_is_refused(rhea, report, grant):
    cast.nda("# A newer text", "now", effective_at=timezone.now() + DAY)
    assert admission(rhea, report.slug, timezone.now()).grant == grant
    assert "no longer in force" in shut(rhea, report, timezone.now() + DAY)


def test_room_of_agreements_that_is_not_registered_opens_nothing(rhea, report, grant, monkeypatch):
    monkeypatch.setattr(agreements, "_source", None)
    assert "no longer in force" in shut(rhea, report)
    assert open_grants(rhea, [report], timezone.now()) == {}


@pytest.mark.parametrize("required", [("nda", "baa"), ("unheard-of",)])
def test_every_agreement_that_a_document_requires_has_to_cover_the_reader(rhea, report, grant, monkeypatch, required):
    monkeypatch.setattr(Document, "required_agreements", required)
    assert "no longer in force" in shut(rhea, report)
    assert open_grants(rhea, [report], timezone.now()) == {}


def test_older_active_grant_opens_despite_a_newer_ended_one(rhea, report, grant):
    now = timezone.now()
    AccessGrant.objects.create(
        approvals=1,
        holder=rhea,
        document=report,
        starts_at=now - DAY / 2,
        ends_at=now + DAY,
        ended_at=now,
        end="revoked",
    )
    assert admission(rhea, report.slug, timezone.now()).grant == grant


def test_grant_of_another_person_is_refused(otto, report, grant):
    assert "do not have access" in shut(otto, report)


def test_grant_for_another_document_is_refused(rhea, grant):
    other = cast.document("penetration-test")
    cast.current_version(other)
    assert "do not have access" in shut(rhea, other)


def test_anonymous_visitor_is_refused(report, grant):
    assert "Sign in" in shut(AnonymousUser(), report)


def test_closed_account_is_refused_even_with_a_stale_row(rhea, report, grant):
    type(rhea).objects.filter(pk=rhea.pk).update(is_active=False)
    assert rhea.is_active
    assert "closed" in shut(rhea, report)


@pytest.mark.parametrize("role", ["administrator", "approver", "sales"])
def test_staff_without_a_grant_are_refused(report, role):
    assert "do not have access" in shut(cast.person("x@trust.example", "X", role), report)


def test_superuser_without_a_grant_is_refused(report):
    boss = cast.person("x@trust.example", "X")
    boss.is_superuser = True
    boss.save()
    assert "do not have access" in shut(boss, report)


@pytest.mark.parametrize("state", ["checking", "superseded"])
def test_document_without_a_current_version_is_refused(rhea, report, grant, state):
    DocumentVersion.objects.update(state=state)
    assert "being prepared" in shut(rhea, report)


def test_public_document_opens_without_a_grant(rhea, report, grant):
    with pytest.raises(Refused):
        open_version(report)
    report.level = cast.level("public")
    report.save()
    assert "open to everyone" in shut(rhea, report)
    assert open_version(report) == report.versions.get()


def test_level_changed_only_on_the_instance_opens_nothing(report):
    report.level = cast.level("public")
    with pytest.raises(Refused):
        open_version(report)


def test_public_document_still_being_checked_is_refused(report):
    report.level = cast.level("public")
    report.save()
    DocumentVersion.objects.update(state="checking")
    with pytest.raises(Refused):
        open_version(report)


def test_grant_approved_by_one_person_is_refused_after_the_document_became_restricted(rhea, report, grant):
    Document.objects.filter(pk=report.pk).update(level=cast.level("restricted"))
    assert "more approvals" in shut(rhea, report)
    change(grant, approvals=2)
    assert admission(rhea, report.slug, timezone.now(), Way.PAGES).grant == grant


def test_level_decides_between_reading_and_downloading(rhea, report, grant):
    change(grant, approvals=2)
    with pytest.raises(WrongWay, match="You can download"):
        admission(rhea, report.slug, timezone.now(), Way.PAGES)
    Document.objects.filter(pk=report.pk).update(level=cast.level("restricted"))
    assert "cannot be downloaded" in shut(rhea, report)
    # People without access do not learn which of the two applies.
    change(grant, ended_at=timezone.now(), end="revoked")
    assert "revoked" in shut(rhea, report)


def test_editor_cannot_open_a_report_by_changing_its_level(client, edda, report):
    """Permission to edit must not replace an agreement and a decision."""
    staff_client(client, edda)
    page = client.get(admin_pages.address(report)).content.decode()
    assert 'name="level"' not in page
    form = {"slug": report.slug, "title": "Other", "kind": report.kind, "as_of": "2026-03-01", "position": "0"}
    admin_pages.save(client, report, form | {"level": str(cast.level("public").pk)})
    report.refresh_from_db()
    assert (report.title, report.level.slug) == ("Other", "nda")


@pytest.mark.parametrize(
    ("was", "becomes", "fine"), [("nda", "public", False), ("restricted", "nda", False), ("nda", "restricted", True)]
)
def test_content_file_cannot_open_a_report_that_has_versions(report, was, becomes, fine):
    Document.objects.filter(pk=report.pk).update(level=cast.level(was))
    tables = tomllib.loads((settings.BASE_DIR / "content" / "posture.toml").read_text(encoding="utf-8"))
    for one in tables["documents"]:
        one["level"] = becomes if one["slug"] == report.slug else one["level"]
    text = tomli_w.dumps(tables).encode()
    if fine:
        import_content(text, file="test")
    else:
        with pytest.raises(ContentError, match="made stricter"):
            import_content(text, file="test")
    report.refresh_from_db()
    assert report.level.slug == (becomes if fine else was)


def test_requirement_added_after_the_agreements_were_locked_keeps_it_shut(rhea, report, grant, monkeypatch):
    source = agreements._source
    monkeypatch.setattr(agreements, "_source", replace(source, hold=lambda slug: frozenset()))
    with audit.change(by=rhea) as change, pytest.raises(Refused, match="has just changed"):
        admission(rhea, report.slug, timezone.now(), hold=change)
    monkeypatch.setattr(agreements, "_source", source)
    with audit.change(by=rhea) as change:
        assert admission(rhea, report.slug, timezone.now(), hold=change).grant == grant
