"""A checked version is looked at, published with its dates, taken back or discarded; nothing of it reaches readers before."""

import io
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from documents import access, routine, tasks
from documents.intake import publishing
from documents.intake.publishing import Dates
from documents.models import Delivery, DocumentVersion, Trace, VersionDate
from documents.tracing import flows as tracing
from tests import cast
from tests.audit import logs
from tests.documents import pdfs
from tests.signin import staff_client
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.audit.history import history
from trustcenter.audit.models import Record
from trustcenter.vault import files as vault

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DATES = {"as_of": "2026-06-01", "period_start": "2025-05-01", "period_end": "2026-04-30", "valid_until": ""}


@pytest.fixture
def document():
    return cast.document(level_slug="nda", period_start=date(2025, 1, 1), period_end=date(2025, 12, 31))


@pytest.fixture
def edda_client(client):
    return staff_client(client, cast.edda())


@pytest.fixture
def checked(document, edda_client, django_capture_on_commit_callbacks):
    """`checked()` is the next version of the document as an editor uploaded it, after its check."""

    def upload(*pages: bytes) -> DocumentVersion:
        file = io.BytesIO(pdfs.blank(*(pages or (pdfs.TEXT,))))
        file.name = "report.pdf"
        edda_client.post(reverse("documents:upload", args=[document.slug]), {"file": file})
        version = document.versions.first()
        tasks.check_version.call(version.pk)
        return fresh(version)

    return upload


def fresh(version: DocumentVersion) -> DocumentVersion:
    return DocumentVersion.objects.select_related("document").get(pk=version.pk)


def page_of(version: DocumentVersion, name: str = "version", *more: object) -> str:
    return reverse(f"documents:{name}", args=[version.document.slug, version.number, *more])


def words(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_version_is_looked_at_and_published_with_its_dates(edda_client, checked, document):
    version = checked(pdfs.TEXT, pdfs.TEXT)
    assert "Page 1 of 2" not in words(edda_client.get(page_of(version)))
    edda_client.post(page_of(version, "open_pages"))
    seen = words(edda_client.get(page_of(version)))
    for said in ("Ready to publish", "Page 1 of 2", "Publish version 1", "Discard version 1", 'value="2025-01-01"'):
        assert said in seen, said
    assert "Page 2 of 2" in words(edda_client.get(page_of(version) + "?page=2"))
    answer = edda_client.post(page_of(version, "publish"), DATES, follow=True)
    assert "Published. Readers get version 1" in words(answer)
    version = fresh(version)
    assert version.state == "current" and version.document.period_end == date(2026, 4, 30)
    assert (version.document.as_of, version.document.valid_until) == (date(2026, 6, 1), None)
    record = Record.objects.get(action=Action.VERSION_PUBLISHED)
    assert record.detail.body and "published version 1" in history(version)[0].text
    assert logs.differing() == []
    assert "This is the version that readers get" in words(edda_client.get(page_of(version)))


def test_nothing_reaches_readers_before_it_is_published(checked, document):
    first = cast.current_version(document)
    rhea = cast.rhea()
    cast.granted(rhea, cast.ada(), document)
    second = checked()
    assert second.state == "ready"
    assert access.admission(rhea, document.slug, timezone.now()).version == first


def test_wrong_version_is_taken_back_with_the_dates_of_the_former_one(edda_client, checked, document):
    first = checked()
    edda_client.post(page_of(first, "publish"), DATES)
    wrong = checked(pdfs.TEXT, pdfs.TEXT)
    edda_client.post(page_of(wrong, "publish"), DATES | {"as_of": "2026-10-01", "period_start": "", "period_end": ""})
    assert [fresh(one).state for one in (first, wrong)] == ["superseded", "current"]
    seen = words(edda_client.get(page_of(first)))
    assert "Go back to this version" in seen and 'value="2026-04-30"' in seen and "Discard" not in seen
    edda_client.post(page_of(first, "publish"), DATES)
    assert [fresh(one).state for one in (first, wrong)] == ["current", "superseded"]
    assert fresh(first).document.period_end == date(2026, 4, 30)
    assert logs.differing() == []


def test_discarded_version_leaves_no_file_and_changes_nothing_for_readers(
    edda_client, checked, document, django_capture_on_commit_callbacks
):
    first = checked()
    edda_client.post(page_of(first, "publish"), DATES)
    unwanted = checked()
    with django_capture_on_commit_callbacks(execute=True):
        answer = edda_client.post(page_of(unwanted, "discard"), follow=True)
    assert "Discarded. Its file is deleted" in words(answer)
    unwanted = fresh(unwanted)
    assert (unwanted.state, unwanted.original, unwanted.reading_copy) == ("discarded", None, None)
    assert fresh(first).state == "current"
    assert edda_client.get(page_of(unwanted)).status_code == 404
    assert logs.differing() == []


def test_current_version_is_neither_published_again_nor_discarded(edda_client, checked):
    version = checked()
    edda_client.post(page_of(version, "publish"), DATES)
    assert edda_client.post(page_of(version, "publish"), DATES).status_code == 409
    assert "can be discarded" in words(edda_client.post(page_of(version, "discard"), follow=True))
    assert fresh(version).state == "current"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"period_end": ""}, "Enter the first and the last day of the period"),
        ({"period_end": "2024-01-01"}, "Enter the first and the last day of the period"),
        ({"as_of": ""}, "Enter the date of the document"),
        ({"as_of": "soon"}, "Enter a valid date"),
    ],
)
def test_wrong_dates_get_a_sentence_and_publish_nothing(edda_client, checked, changed, sentence):
    version = checked()
    answer = edda_client.post(page_of(version, "publish"), DATES | changed)
    assert sentence in words(answer) and answer.status_code == 200
    assert fresh(version).state == "ready"


def test_page_is_an_image_that_names_the_member_of_staff(edda_client, checked):
    version = checked()
    assert edda_client.get(page_of(version, "version_page", 1)).status_code == 404, "not opened yet"
    edda_client.post(page_of(version, "open_pages"))
    answer = edda_client.get(page_of(version, "version_page", 1))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert "no-store" in answer.headers["Cache-Control"]
    with Image.open(io.BytesIO(answer.content)) as picture:
        # The strip with the name is below the page.
        strip = picture.convert("L").crop((0, picture.height - 40, picture.width, picture.height))
        assert strip.getextrema()[0] < 120
    assert edda_client.get(page_of(version, "version_page", 2)).status_code == 404


def test_every_opening_is_a_delivery_with_its_record_and_traced_to_the_member_of_staff(edda_client, checked):
    former = checked()
    edda_client.post(page_of(former, "publish"), DATES)
    edda_client.post(page_of(checked(), "publish"), DATES)
    assert fresh(former).state == "superseded"
    for _time in range(2):
        edda_client.get(page_of(former))
    assert not Delivery.objects.exists(), "looking at the page opens nothing"
    for _time in range(2):
        edda_client.post(page_of(former, "open_pages"))
    one, other = Delivery.objects.filter(kind="desk", grant=None, version=former)
    assert one.printed_email == "edda@trust.example" and one.code != other.code
    assert Record.objects.filter(action=Action.VERSION_OPENED).count() == 2
    page = edda_client.get(page_of(former, "version_page", 1)).content
    leaked = Trace(name="leak.jpg")
    ada = cast.ada()
    with vault.Draft(leaked, "file") as draft:
        draft.write(page)
        asked = tracing.ask(draft, name="leak.jpg", by=ada)
    tasks.trace_file.call(asked.pk)
    asked.refresh_from_db()
    assert asked.delivery == one, asked.verdict
    client = staff_client(Client(), ada)
    assert "Opened at the desk by staff" in words(client.get(reverse("documents:trace", args=[asked.pk])))
    assert logs.differing() == []


def test_pages_opened_in_one_session_are_not_open_in_another(edda_client, checked):
    version = checked()
    edda_client.post(page_of(version, "open_pages"))
    other = staff_client(Client(), User.objects.get(email="edda@trust.example"))
    assert other.get(page_of(version, "version_page", 1)).status_code == 404
    Delivery.objects.update(started_at=timezone.now() - timedelta(minutes=61))
    assert edda_client.get(page_of(version, "version_page", 1)).status_code == 404


@pytest.mark.parametrize("role", ["sales", "auditor", "approver"])
def test_only_editors_and_administrators_open_versions(client, checked, role):
    version = checked()
    person = cast.person(f"{role}@trust.example", role, role)
    other = staff_client(client, person)
    for name, more in (("version", ()), ("version_page", (1,))):
        assert other.get(page_of(version, name, *more)).status_code == 403
    with pytest.raises(access.Refused):
        access.version_at_the_desk(person, version.document.slug, version.number)
    for step in (
        lambda: publishing.publish(version, Dates(date(2026, 1, 1)), by=person),
        lambda: publishing.discard(version, by=person),
    ):
        with pytest.raises(FlowError):
            step()


def test_reader_with_a_grant_opens_no_version_at_the_desk(checked, document):
    version = checked()
    with pytest.raises(access.Refused):
        access.version_at_the_desk(cast.rhea(), document.slug, version.number)


def test_a_version_goes_live_on_its_date(document, checked, edda_client):
    first, second = checked(), checked()
    publish = reverse("documents:publish", args=[document.slug, first.number])
    edda_client.post(publish, DATES)
    address = reverse("documents:publish", args=[document.slug, second.number])
    answer = edda_client.post(address, DATES | {"goes_live_at": "2020-01-01T09:00"})
    assert answer.status_code == 409 and "This time has passed" in answer.content.decode()
    later = DATES | {"as_of": "2026-07-01", "goes_live_at": "2036-01-01T09:00"}
    page = edda_client.post(address, later, follow=True).content.decode()
    assert "The date is set." in page and "1 Jan 2036, 09:00 UTC" in page
    listed = edda_client.get(reverse("documents:desk")).content.decode()
    assert "Goes live on" in listed and "Look at it and publish it" not in listed
    routine.publish_scheduled()
    assert fresh(second).state == "ready" and fresh(first).state == "current"
    cancel = reverse("documents:cancel_date", args=[document.slug, second.number])
    assert "The date is canceled." in edda_client.post(cancel, follow=True).content.decode()
    assert "has no date on which it goes live" in edda_client.post(cancel, follow=True).content.decode()
    edda_client.post(address, later)
    VersionDate.objects.update(at=timezone.now() - timedelta(minutes=1))
    routine.publish_scheduled()
    routine.publish_scheduled()
    assert fresh(second).state == "current" and fresh(second).as_of == date(2026, 7, 1)
    assert not VersionDate.objects.exists()
    assert Record.objects.filter(action=Action.VERSION_PUBLISHED).count() == 2
    # Whoever may not publish any more publishes nothing by a date, and the version waits.
    edda_client.post(publish, later)
    VersionDate.objects.update(at=timezone.now() - timedelta(minutes=1))
    User.objects.get(email="edda@trust.example").groups.clear()
    routine.publish_scheduled()
    assert fresh(first).state == "superseded" and not VersionDate.objects.exists()
