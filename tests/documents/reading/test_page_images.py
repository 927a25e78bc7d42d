"""When page images are drawn and stored, and what happens if drawing fails."""

import pikepdf
import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from pikepdf import Array

from documents import routine, tasks
from documents.intake import checking
from documents.models import Document, DocumentVersion, PageImages
from documents.reading import page_images
from tests import cast
from tests.documents import pdfs
from tests.documents.reading import shown
from tests.signin import staff_client
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.vault import sandbox
from trustcenter.vault.models import StoredFile
from trustcenter.work.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def document(db):
    return cast.document("pentest", "restricted")


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(page_images, "BATCH", 2)


def actions():
    return list(Record.objects.order_by("number").values_list("action", flat=True))


def batches(version):
    return list(PageImages.objects.filter(version=version).values_list("first", "last"))


def queued(name):
    return Task.objects.filter(path=f"documents.tasks.{name}", state=Task.State.WAITING).count()


def check(version):
    tasks.check_version.call(version.pk)
    version.refresh_from_db()
    return version


def test_restricted_upload_is_drawn_before_it_becomes_current(uploaded, document, stored_paths, small_batches):
    version = check(uploaded(document, pdfs.blank(*[pdfs.TEXT] * 3)))
    assert (version.state, version.pages, batches(version)) == ("current", 3, [(1, 2), (3, 3)])
    files = PageImages.objects.values_list("file_id", flat=True)
    assert stored_paths() == sorted([version.original_id, version.reading_copy_id, *files])
    assert page_images.picture(version, 3).startswith(b"\x89PNG")
    with pytest.raises(PageImages.DoesNotExist):
        page_images.picture(version, 4)


def test_other_documents_are_not_drawn(uploaded):
    version = check(uploaded(cast.document(), pdfs.blank()))
    assert version.state == "current" and not PageImages.objects.exists()
    routine.draw_waiting()
    assert not queued("draw_pages")


def test_upload_with_a_page_that_cannot_be_drawn_is_refused(uploaded, document, stored_paths):
    pdf = pdfs.with_pages(pdfs.TEXT)
    pdf.pages[0].obj.CropBox = Array([9000, 9000, 9001, 9001])
    version = uploaded(document, pdfs.saved(pdf))
    check(version)
    assert version.state == "refused" and "cannot be drawn" in version.refusal_sentence
    assert not PageImages.objects.exists() and actions()[-1] == Action.VERSION_REFUSED


@pytest.mark.parametrize("size", [(14_400, 14_400), (3, 3), (14_400, 3)])
def test_pages_of_unusual_sizes_are_drawn_within_the_sandbox_s_limits(uploaded, document, size):
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=size)
    version = check(uploaded(document, pdfs.saved(pdf)))
    assert version.state == "current", version.refusal
    place = PageImages.objects.get().places[0]
    assert place["width"] * place["height"] <= 8_100_000


def test_long_drawing_continues_where_it_stopped(uploaded, document, small_batches, monkeypatch, client, edda):
    monkeypatch.setattr(checking, "DRAWING", 0.0)
    version = uploaded(document, pdfs.blank(*[pdfs.TEXT] * 3))
    real, calls = sandbox.run, []

    def counting(name, *arguments, **options):
        calls.append(name)
        # Time passes while the sandboxed child runs.
        monkeypatch.setattr(page_images.time, "monotonic", lambda: 1e9 + len(calls))
        return real(name, *arguments, **options)

    monkeypatch.setattr(sandbox, "run", counting)
    waiting = queued("check_version")
    while not batches(version):
        check(version)
        waiting += 1
    assert (version.state, version.pages, batches(version)) == ("checking", 3, [(1, 2)])
    assert queued("check_version") == waiting
    page = staff_client(client, edda).get(reverse("documents:desk"))
    assert b"2 of 3 pages drawn" in page.content and page["Refresh"] == "5"
    check(version)
    while version.state == "checking":
        check(version)
    assert version.state == "current" and calls.count("documents.reading.drawing:draw") == 2
    assert "Refresh" not in client.get(reverse("documents:desk")).headers


def test_refused_version_keeps_no_page_image(
    uploaded, document, small_batches, monkeypatch, stored_paths, django_capture_on_commit_callbacks
):
    real, calls = sandbox.run, []

    def failing(name, *arguments, **options):
        calls.append(name)
        if calls.count("documents.reading.drawing:draw") == 2:
            raise sandbox.Broken
        return real(name, *arguments, **options)

    monkeypatch.setattr(sandbox, "run", failing)
    with django_capture_on_commit_callbacks(execute=True):
        version = check(uploaded(document, pdfs.blank(*[pdfs.TEXT] * 3)))
    assert version.state == "refused" and version.pages is None
    assert not PageImages.objects.exists() and not StoredFile.objects.exists() and stored_paths() == []


def test_newer_version_deletes_the_page_images_of_the_older_one(
    uploaded, document, stored_paths, django_capture_on_commit_callbacks
):
    first = check(uploaded(document, pdfs.blank()))
    with django_capture_on_commit_callbacks(execute=True):
        second = check(uploaded(document, pdfs.blank(pdfs.TEXT, pdfs.TEXT)))
    assert (batches(first), batches(second)) == ([], [(1, 2)])
    kept = [batch.file_id for batch in PageImages.objects.all()]
    kept += [name for version in (first, second) for name in (version.original_id, version.reading_copy_id)]
    first.refresh_from_db()
    assert first.state == "superseded" and len(stored_paths()) == len(kept)


def test_document_that_becomes_restricted_is_drawn_by_the_routine(uploaded, client, edda):
    document = cast.document()
    version = check(uploaded(document, pdfs.blank(pdfs.TEXT, pdfs.TEXT)))
    Document.objects.update(level=cast.level("restricted"))
    page = staff_client(client, edda).get(reverse("documents:desk")).content.decode()
    assert "0 of 2 pages are drawn. Nobody can read it until all are." in page
    routine.draw_waiting()
    routine.draw_waiting()
    assert queued("draw_pages") == 1
    tasks.draw_pages.call(version.pk)
    tasks.draw_pages.call(version.pk)
    assert batches(version) == [(1, 2)]
    cache.clear()
    routine.draw_waiting()
    assert queued("draw_pages") == 1, "nothing is left to draw"
    assert "pages are drawn" not in client.get(reverse("documents:desk")).content.decode()


def test_document_that_becomes_restricted_and_cannot_be_drawn_shows_the_reason(uploaded, client, edda, monkeypatch):
    document = cast.document()
    version = check(uploaded(document, pdfs.blank()))
    Document.objects.update(level=cast.level("restricted"))

    def failing(*arguments, **options):
        raise sandbox.TooSlow

    monkeypatch.setattr(sandbox, "run", failing)
    tasks.draw_pages.call(version.pk)
    tasks.draw_pages.call(version.pk)
    assert actions().count(Action.VERSION_UNDRAWABLE) == 1
    assert "cannot be drawn" in DocumentVersion.objects.get(pk=version.pk).get_drawing_failure_display()
    assert "cannot be drawn" in staff_client(client, edda).get(reverse("documents:desk")).content.decode()
    routine.draw_waiting()
    assert not queued("draw_pages")


def test_second_worker_discards_the_pages_that_the_first_one_stored(document, stored_paths):
    shown.add_version(document, pages=2)
    version, before = document.current, stored_paths()
    with page_images.vault.Draft(PageImages(version=version, first=1), "file") as draft:
        draft.write(b"again")
        page_images._keep([{"offset": 0, "length": 5, "width": 1, "height": 1}], draft)
    assert batches(version) == [(1, 2)] and stored_paths() == before


def after_the_first_batch(monkeypatch, happens):
    """Has something happen while the first batch of pages is being drawn."""
    run, waiting = sandbox.run, [happens]

    def drawing(function, *arguments, **options):
        answer = run(function, *arguments, **options)
        if waiting and function.endswith("drawing:draw"):
            waiting.pop()()
        return answer

    monkeypatch.setattr(sandbox, "run", drawing)


def test_a_version_that_is_replaced_while_it_is_drawn_keeps_no_picture(uploaded, monkeypatch):
    monkeypatch.setattr(page_images, "BATCH", 1)
    document = cast.document()
    first = check(uploaded(document, pdfs.blank(pdfs.TEXT, pdfs.TEXT)))
    Document.objects.update(level=cast.level("restricted"))
    second = uploaded(document, pdfs.blank())
    after_the_first_batch(monkeypatch, lambda: tasks.check_version.call(second.pk))
    tasks.draw_pages.call(first.pk)
    assert (batches(first), batches(second)) == ([], [(1, 1)])
    assert not queued("draw_pages"), "nothing is left to draw of it"


def test_a_version_that_is_refused_while_it_is_drawn_keeps_no_picture(uploaded, document, monkeypatch, small_batches):
    version = uploaded(document, pdfs.blank(*[pdfs.TEXT] * 3))
    DocumentVersion.objects.update(uploaded_at=timezone.now() - 2 * routine.CHECK_PATIENCE)
    after_the_first_batch(monkeypatch, routine.end_checks)
    assert check(version).state == "refused"
    assert not PageImages.objects.exists() and not StoredFile.objects.exists()
