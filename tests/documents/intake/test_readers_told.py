"""A new version goes live: its readers are told once each, and read it under the same grant."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.utils import timezone

from documents import access, notices, routine, tasks
from documents.intake import publishing
from documents.intake.publishing import Dates
from documents.models import AccessGrant, Document, DocumentVersion, VersionNotice
from tests import cast
from tests.signin import staff_client
from trustcenter.accounts.models import User
from trustcenter.audit.models import Record
from trustcenter.vault.models import StoredFile
from trustcenter.work import mail
from trustcenter.work.models import Mail, Task

pytestmark = pytest.mark.django_db

DATES = Dates(date(2026, 6, 1), date(2026, 1, 1), date(2026, 5, 31))


def ready(document: Document) -> DocumentVersion:
    """The next version, checked and waiting, as rows only."""
    files = [StoredFile.objects.create(size=1, sha256="0" * 64) for _ in range(2)]
    number = document.versions.count() + 1
    return DocumentVersion.objects.create(
        document=document,
        number=number,
        state="ready",
        original=files[0],
        reading_copy=files[1],
        pages=1,
        pages_proven=1,
    )


def reader(document: Document, email: str, days: int = 30) -> User:
    found = cast.person(email, "Rhea Diaz")
    cast.cover(found)
    ends_at = timezone.now() + timedelta(days=days)
    AccessGrant.objects.create(holder=found, document=document, approvals=1, ends_at=ends_at)
    return found


def mailed() -> Counter[str]:
    return Counter(Mail.objects.values_list("to", flat=True))


def test_readers_are_told_and_the_same_grant_opens_the_new_version():
    edda = cast.edda()
    report, other = cast.requestable(), cast.requestable("bridge-letter")
    rhea = reader(report, "rhea@example.com")
    reader(other, "other@example.com")
    ended, closed, uncovered = (reader(report, f"{name}@example.com") for name in ("ended", "closed", "uncovered"))
    AccessGrant.objects.filter(holder=ended).update(ended_at=timezone.now(), end="revoked")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    uncovered.coverage.update(ends_at=timezone.now() - timedelta(seconds=1), starts_at=timezone.now() - timedelta(1))
    before = access.admission(rhea, report.slug, timezone.now())
    version = ready(report)
    publishing.publish(version, DATES, by=edda, tell_readers=True)
    assert not Mail.objects.exists(), "no mail is made in the request"
    assert Record.objects.filter(action="version.announced").count() == 1
    later = reader(report, "later@example.com")
    (task,) = Task.objects.filter(path__endswith="tell_readers")
    for _ in range(3):
        tasks.tell_readers.call(*task.arguments)
    assert mailed() == {"rhea@example.com": 1}
    body = Mail.objects.get().body
    assert "version 2, as of 1 June 2026" in body and "It covers 1 January 2026 to 31 May 2026." in body
    assert f"/documents/{report.slug}/" in body and "nothing to sign" in body
    after = access.admission(rhea, report.slug, timezone.now())
    assert after.grant == before.grant and before.version != after.version == version
    assert access.admission(later, report.slug, timezone.now()).version == version
    notice = VersionNotice.objects.get()
    assert notice.ended_at and notice.told == 1


def test_a_worker_that_dies_half_way_tells_each_reader_once(monkeypatch):
    edda, report = cast.edda(), cast.requestable()
    monkeypatch.setattr(notices, "BATCH", 2)
    addresses = {f"reader{number}@example.com" for number in range(5)}
    for one in addresses:
        reader(report, one)
    publishing.publish(ready(report), DATES, by=edda, tell_readers=True)
    notice = VersionNotice.objects.get()
    send, calls = mail.send, []

    def dying(*args, **kwargs):
        calls.append(kwargs["to"])
        if len(calls) == 4:
            raise KeyboardInterrupt
        return send(*args, **kwargs)

    monkeypatch.setattr(mail, "send", dying)
    tasks.tell_readers.call(notice.pk)
    with pytest.raises(KeyboardInterrupt):
        tasks.tell_readers.call(notice.pk)
    assert sum(mailed().values()) == 2
    Task.objects.all().delete()
    routine.tell_waiting_readers()
    routine.tell_waiting_readers()
    assert Task.objects.filter(path__endswith="tell_readers").count() == 1
    for _ in range(4):
        tasks.tell_readers.call(notice.pk)
    assert mailed() == dict.fromkeys(addresses, 1)


def test_a_version_that_is_replaced_meanwhile_is_not_told():
    edda, report = cast.edda(), cast.requestable()
    reader(report, "rhea@example.com")
    publishing.publish(ready(report), DATES, by=edda, tell_readers=True)
    publishing.publish(ready(report), DATES, by=edda, tell_readers=True)
    for notice in VersionNotice.objects.order_by("at"):
        tasks.tell_readers.call(notice.pk)
    assert mailed() == {"rhea@example.com": 1} and "version 3" in Mail.objects.get().body


@pytest.mark.once
def test_the_page_offers_it_where_somebody_reads(client, monkeypatch):
    edda, report = cast.edda(), cast.requestable()
    staff_client(client, edda)
    version = ready(report)
    address = f"/desk/documents/{report.slug}/versions/{version.number}/"
    form = {"as_of": "2026-06-01", "period_start": "", "period_end": "", "valid_until": ""}
    assert "Tell its readers" not in client.get(address).content.decode()
    reader(report, "rhea@example.com")
    page = client.get(address).content.decode()
    assert "Tell its readers by e-mail" in page and "1 reader has access." in page
    client.post(f"{address}publish/", form)
    assert not VersionNotice.objects.exists(), "the box was not ticked"
    former = report.versions.get(number=1)
    client.post(f"/desk/documents/{report.slug}/versions/{former.number}/publish/", form | {"tell_readers": "on"})
    tasks.tell_readers.call(VersionNotice.objects.get().pk)
    page = client.get(f"/desk/documents/{report.slug}/versions/1/").content.decode()
    assert "1 reader was told about it by e-mail." in " ".join(page.split())
