import hashlib
import io
import json
from datetime import timedelta

import pikepdf
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from documents import delivery, tasks, transfer
from documents.access import Refused
from documents.marks import second_mark
from documents.marks.marking import Unmarkable
from documents.models import AccessGrant, Delivery, Document, DocumentVersion
from ndaflow.agreements.models import Coverage
from tests import cast
from tests.documents import pdfs
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.vault import files as vault

pytestmark = pytest.mark.django_db


def url(document):
    return reverse("documents:download", args=[document.slug])


@pytest.fixture
def rhea_client(client, rhea):
    client.force_login(rhea)
    return client


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(delivery, "CHUNK", 300)


def actions():
    return list(Record.objects.order_by("number").values_list("action", flat=True))


def test_copy_names_its_reader_and_is_recorded(rhea_client, rhea, report, grant):
    response = rhea_client.post(url(report))
    assert response.status_code == 200
    data = b"".join(response.streaming_content)
    copy = Delivery.objects.get()
    assert (copy.reader, copy.grant, copy.version) == (rhea, grant, report.current)
    assert (copy.printed_email, copy.printed_company) == ("rhea@example.com", "Example Corp")
    assert copy.sha256 == hashlib.sha256(data).hexdigest() and copy.finished_at
    assert copy.size == len(data) == int(response["Content-Length"])
    session = rhea_client.session.session_key
    assert copy.session_hash == hashlib.sha256(session.encode()).hexdigest()
    assert pdfs.problems(data) == []
    texts = list(pdfs.texts(data))
    assert len(texts) == 3
    for text in texts:
        for word in (
            "rhea@example.com",
            "Example Corp",
            f"{copy.started_at:%Y-%m-%d %H:%M:%S} UTC",
            copy.code,
        ):
            assert word in text
    assert actions()[-2:] == [Action.DELIVERY_STARTED, Action.DELIVERY_FINISHED]


def test_headers(rhea_client, report, grant):
    response = rhea_client.post(url(report))
    code = Delivery.objects.get().code
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'attachment; filename="{report.slug}-v1-{code}.pdf"'
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response.streaming


def test_each_copy_has_its_own_code(rhea_client, report, grant):
    one, two = (b"".join(rhea_client.post(url(report)).streaming_content) for _ in range(2))
    assert one != two and len(one) == len(two)
    assert Delivery.objects.values("code").distinct().count() == 2


def test_codes_have_no_ambiguous_characters():
    codes = {delivery.new_code() for _ in range(500)}
    assert len(codes) == 500
    for code in codes:
        assert len(code) == 14 and not set(code) & set("ILOU") and code == code.upper()
        assert [len(part) for part in code.split("-")] == [4, 4, 4]


@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_download_requires_post(rhea_client, report, grant, method):
    assert getattr(rhea_client, method)(url(report)).status_code == 405
    assert not Delivery.objects.exists()


def test_download_requires_the_csrf_token(rhea, report, grant):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(rhea)
    assert strict.post(url(report)).status_code == 403
    assert not Delivery.objects.exists()


def test_anonymous_visitor_is_sent_to_the_sign_in(client, report):
    response = client.post(url(report))
    assert response.status_code == 302 and response["Location"].startswith("/accounts/login")
    assert not Delivery.objects.exists() and Action.DELIVERY_REFUSED not in actions()


def test_unknown_document_is_not_found(rhea_client):
    assert rhea_client.post("/documents/no-such/download/").status_code == 404


def test_person_without_access_is_refused_and_can_request_it(client, otto, report, grant):
    client.force_login(otto)
    response = client.post(url(report))
    page = response.content.decode()
    assert response.status_code == 403 and "do not have access to this document" in page
    assert f"{reverse('requests:ask')}?document={report.slug}" in page
    assert not Delivery.objects.exists()
    last = Record.objects.latest("number")
    assert last.action == Action.DELIVERY_REFUSED and last.actor == otto.pk


def begun(reader, grant, count, ago=timedelta()):
    """Earlier deliveries to the reader, as rows only."""
    for _delivery in range(count):
        Delivery.objects.create(
            code=delivery.new_code(),
            grant=grant,
            version=grant.document.current,
            reader=reader,
            mark_bits=second_mark.new_bits(),
            started_at=timezone.now() - ago,
            size=1,
        )


def test_number_of_downloads_per_hour_is_limited(rhea_client, rhea, report, grant):
    begun(rhea, grant, delivery.MOST)
    before = Record.objects.count()
    response = rhea_client.post(url(report))
    page = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (429, "3600")
    assert "try again in an hour" in page and url(report) in page
    assert Delivery.objects.count() == delivery.MOST and Record.objects.count() == before
    assert rhea_client.post(reverse("documents:read", args=[report.slug])).status_code == 429


def test_download_limit_ends_and_is_per_person(rhea_client, rhea, otto, report, grant):
    begun(rhea, grant, delivery.MOST, ago=delivery.WITHIN)
    begun(otto, grant, delivery.MOST)
    assert rhea_client.post(url(report)).status_code == 200


def test_download_limit_costs_one_query(rhea, django_assert_num_queries):
    with django_assert_num_queries(1):
        delivery.must_not_be_too_many(rhea)


def test_recorded_refusals_per_person_are_limited(client, otto, report):
    for person, kept in ((otto, 20), (cast.vera(), 40)):
        client.force_login(person)
        for _knock in range(25):
            assert client.post(url(report)).status_code == 403
        assert actions().count(Action.DELIVERY_REFUSED) == kept


def test_revocation_takes_effect_at_the_next_request(rhea_client, report, grant):
    assert rhea_client.post(url(report)).status_code == 200
    AccessGrant.objects.filter(pk=grant.pk).update(ended_at=timezone.now(), end="revoked")
    response = rhea_client.post(url(report))
    assert response.status_code == 403 and "revoked" in response.content.decode()
    assert Delivery.objects.count() == 1


def test_expired_grant_is_refused_before_any_task_runs(rhea_client, report, grant):
    now = timezone.now()
    AccessGrant.objects.filter(pk=grant.pk).update(starts_at=now - timedelta(days=2), ends_at=now)
    assert rhea_client.post(url(report)).status_code == 403


def test_start_is_recorded_before_the_first_byte(rhea, report, grant):
    copy = delivery.deliver(report.slug, reader=rhea, session_key="s")
    assert actions()[-1] == Action.DELIVERY_STARTED
    assert Delivery.objects.get() == copy.delivery


def test_digest_is_committed_before_the_last_chunk_is_sent(rhea, report, grant, small_chunks):
    copy = delivery.deliver(report.slug, reader=rhea, session_key="s")
    sent = b""
    for chunk in copy.chunks:
        sent += chunk
        known = Delivery.objects.get().sha256
        assert bool(known) == (len(sent) == copy.size)
    assert known == hashlib.sha256(sent).hexdigest()


def test_interrupted_download_has_no_digest(rhea, report, grant, small_chunks):
    copy = delivery.deliver(report.slug, reader=rhea, session_key="s")
    first, _second = next(copy.chunks), next(copy.chunks)
    copy.chunks.close()
    copy.delivery.refresh_from_db()
    assert copy.delivery.sha256 == "" and copy.delivery.finished_at is None
    assert actions()[-1] == Action.DELIVERY_STOPPED
    said = json.loads(Record.objects.latest("number").detail.body)
    assert (said["sent"], said["size"], said["cause"]) == (2 * len(first), copy.size, "broken_off")


@pytest.fixture
def asked_each_time(monkeypatch):
    monkeypatch.setattr(transfer, "ASKED_AGAIN", 0.0)


def revoke_grant() -> None:
    AccessGrant.objects.update(ended_at=timezone.now(), end=AccessGrant.End.REVOKED)


ENDINGS = {
    "revoked": revoke_grant,
    "ended by the clock": lambda: AccessGrant.objects.update(ends_at=timezone.now()),
    "a newer text of the agreement": lambda: cast.nda("# A newer text", "now"),
    "the agreement ended": lambda: Coverage.objects.update(ends_at=timezone.now()),
    "account closed": lambda: User.objects.update(is_active=False),
    "class made stricter": lambda: Document.objects.update(level=cast.level("restricted")),
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
def test_running_download_stops_when_access_ends(rhea, report, grant, small_chunks, asked_each_time, end):
    copy = delivery.deliver(report.slug, reader=rhea, session_key="s")
    first = next(copy.chunks)
    end()
    with pytest.raises(transfer.Stopped):
        next(copy.chunks)
    said = json.loads(Record.objects.latest("number").detail.body)
    assert actions()[-1] == Action.DELIVERY_STOPPED
    assert (said["sent"], said["cause"]) == (len(first), "shut")
    assert Delivery.objects.get().sha256 == "" and copy.chunks.gi_frame is None


def test_download_has_a_time_limit(rhea, report, grant, small_chunks, asked_each_time, monkeypatch):
    copy = delivery.deliver(report.slug, reader=rhea, session_key="s")
    next(copy.chunks)
    monkeypatch.setattr(transfer, "LONGEST", 0.0)
    with pytest.raises(transfer.Stopped, match="too_long"):
        list(copy.chunks)


def test_access_is_checked_again_every_two_seconds(
    rhea, report, grant, small_chunks, monkeypatch, django_assert_num_queries
):
    assert transfer.ASKED_AGAIN <= 2
    copy = delivery.deliver(report.slug, reader=rhea, session_key="s")
    with django_assert_num_queries(0):
        for _chunk in range(3):
            next(copy.chunks)


def test_aborted_download_closes_the_file(rhea_client, report, grant, small_chunks):
    response = rhea_client.post(url(report))
    next(response.streaming_content)
    # What the server's response.close() calls, except for the test's own connection.
    for close in response._resource_closers:
        close()
    assert list(response.streaming_content) == []
    assert Delivery.objects.get().sha256 == ""


def test_last_chunk_is_not_sent_if_the_end_cannot_be_recorded(rhea, report, grant, monkeypatch):
    copy = delivery.deliver(report.slug, reader=rhea, session_key="s")

    def fail(*args, **kwargs):
        raise RuntimeError("database")

    monkeypatch.setattr("trustcenter.audit.log.append", fail)
    with pytest.raises(RuntimeError):
        list(copy.chunks)
    assert Delivery.objects.get().sha256 == ""


@pytest.mark.parametrize("slots", [[], [{"field": "line1", "offset": 0, "length": 4}]])
def test_file_that_cannot_be_marked_is_not_sent(rhea, report, grant, slots):
    DocumentVersion.objects.update(mark_slots=slots)
    with pytest.raises(Unmarkable):
        delivery.deliver(report.slug, reader=rhea, session_key="s")
    assert not Delivery.objects.exists() and Action.DELIVERY_STARTED not in actions()


def test_missing_file_is_not_sent(rhea, report, grant, files):
    name = report.current.reading_copy_id
    (files / name[:2] / name[2:4] / name).unlink()
    with pytest.raises(vault.Damaged):
        delivery.deliver(report.slug, reader=rhea, session_key="s")
    assert not Delivery.objects.exists()


def test_nothing_is_sent_if_the_start_cannot_be_recorded(rhea, report, grant, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("database")

    monkeypatch.setattr("trustcenter.audit.log.append", fail)
    with pytest.raises(RuntimeError):
        delivery.deliver(report.slug, reader=rhea, session_key="s")
    assert not Delivery.objects.exists()


def test_readers_get_the_current_version(rhea, report, grant, uploaded):
    waiting = uploaded(report, pdfs.blank(b"BT /F0 12 Tf 9 99 Td (Second) Tj ET"))
    assert delivery.deliver(report.slug, reader=rhea, session_key="s").delivery.version.number == 1
    tasks.check_version.call(waiting.pk)
    copy = delivery.deliver(report.slug, reader=rhea, session_key="s")
    assert copy.delivery.version == waiting
    assert "Second" in next(pdfs.texts(b"".join(copy.chunks)))


@pytest.fixture
def meanwhile(monkeypatch):
    """Makes a change once, after the file is opened and before access is decided; lists the opened files."""
    opened, vault_open = [], vault.open

    def make(change):
        def open_and_change(owner, field, **more):
            source = vault_open(owner, field, **more)
            if field == "reading_copy":
                opened.append((owner.number, source))
                if len(opened) == 1:
                    change()
            return source

        monkeypatch.setattr(vault, "open", open_and_change)
        return opened

    return make


def test_version_accepted_during_the_request_is_delivered(rhea, report, grant, uploaded, meanwhile):
    second = uploaded(report, pdfs.blank(b"BT /F0 12 Tf 9 99 Td (Second) Tj ET"))
    opened = meanwhile(lambda: tasks.check_version.call(second.pk))
    copy = delivery.deliver(report.slug, reader=rhea, session_key="s")
    assert copy.delivery.version == second and Delivery.objects.count() == 1
    assert "Second" in next(pdfs.texts(b"".join(copy.chunks)))
    # The check opens the second one, too, to prove its pages.
    assert [(number, source.closed) for number, source in opened] == [(1, True), (2, True), (2, True)]


def test_access_revoked_during_the_request_is_refused_and_the_file_is_closed(rhea, report, grant, meanwhile):
    def revoke():
        AccessGrant.objects.filter(pk=grant.pk).update(ended_at=timezone.now(), end="revoked")

    opened = meanwhile(revoke)
    with pytest.raises(Refused, match="revoked"):
        delivery.deliver(report.slug, reader=rhea, session_key="s")
    assert not Delivery.objects.exists() and actions()[-1] == Action.DELIVERY_REFUSED
    assert [source.closed for _number, source in opened] == [True]


def test_document_replaced_repeatedly_during_the_request_is_refused(rhea, report, grant, monkeypatch):
    monkeypatch.setattr(delivery, "_opened", lambda slug, reader: None)
    with pytest.raises(Refused, match="being replaced"):
        delivery.deliver(report.slug, reader=rhea, session_key="s")
    assert not Delivery.objects.exists() and actions()[-1] == Action.DELIVERY_REFUSED


def test_no_file_is_opened_without_an_active_grant(rhea, otto, report, grant, meanwhile):
    opened = meanwhile(lambda: None)
    AccessGrant.objects.filter(pk=grant.pk).update(ends_at=timezone.now() - timedelta(seconds=1))
    for person in (rhea, otto):
        with pytest.raises(Refused):
            delivery.deliver(report.slug, reader=person, session_key="s")
    assert opened == []


def test_reader_without_a_company_gets_a_copy(rhea, report, grant):
    rhea.company = None
    rhea.save()
    copy = delivery.deliver(report.slug, reader=rhea, session_key="s")
    assert "Prepared for rhea@example.com" in next(pdfs.texts(b"".join(copy.chunks)))


def test_delivery_keeps_the_name_of_its_time(rhea, report, grant):
    copy = delivery.deliver(report.slug, reader=rhea, session_key="s")
    rhea.company.legal_name = "Renamed"
    rhea.company.save()
    assert delivery.mark_of(Delivery.objects.get(pk=copy.delivery.pk)).company == "Example Corp"


def test_document_that_became_public_is_not_marked(rhea, report, grant):
    Document.objects.update(level=cast.level("public"))
    with pytest.raises(Refused, match="open to everyone"):
        delivery.deliver(report.slug, reader=rhea, session_key="s")


def test_copy_has_no_script(rhea, uploaded):
    document = cast.document("other")
    tasks.check_version.call(uploaded(document, pdfs.with_javascript()).pk)
    now = timezone.now()
    cast.cover(rhea)
    AccessGrant.objects.create(approvals=1, holder=rhea, document=document, ends_at=now + timedelta(days=1))
    data = b"".join(delivery.deliver(document.slug, reader=rhea, session_key="s").chunks)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert "/OpenAction" not in pdf.Root
    assert b"JavaScript" not in data and b"calc.exe" not in data


def test_database_refuses_a_delivery_without_a_mark(rhea, report, grant):
    delivery.deliver(report.slug, reader=rhea, session_key="s")
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.update(mark_bits=b"")
