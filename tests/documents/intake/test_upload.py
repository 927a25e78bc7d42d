import io
import sys
from datetime import timedelta

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from documents import routine, tasks
from documents.intake import checking
from documents.intake.reading_copy import prepare
from documents.marks import second_mark
from documents.marks.marking import Mark, patched
from documents.models import DocumentVersion
from tests import cast
from tests.documents import pdfs
from tests.signin import staff_client
from trustcenter.audit import history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.vault import files as vault
from trustcenter.vault.models import StoredFile
from trustcenter.work.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def document(db):
    return cast.document()


@pytest.fixture
def edda_client(client, edda):
    return staff_client(client, edda)


def send(client, document, data, name="report.pdf", **extra):
    file = SimpleUploadedFile(name, data, "application/pdf")
    return client.post(reverse("documents:upload", args=[document.slug]), {"file": file}, **extra)


def actions():
    return list(Record.objects.order_by("number").values_list("action", flat=True))


def check(version):
    tasks.check_version.call(version.pk)
    version.refresh_from_db()
    return version


def test_upload_waits_to_be_published_after_its_check(edda_client, edda, document, stored_paths):
    response = send(edda_client, document, pdfs.blank(pdfs.TEXT, pdfs.TEXT))
    assert response.status_code == 302 and response["Location"] == reverse("documents:desk")
    version = document.versions.get()
    assert (version.state, version.number, version.uploaded_by) == ("checking", 1, edda)
    assert version.original.size == len(pdfs.blank(pdfs.TEXT, pdfs.TEXT))
    assert b"Being checked" in edda_client.get(reverse("documents:desk")).content
    check(version)
    assert (version.state, version.pages, version.carries_signature) == ("ready", 2, False)
    assert actions() == [Action.VERSION_UPLOADED, Action.VERSION_ACCEPTED]
    assert stored_paths() == sorted([version.original_id, version.reading_copy_id])
    page = edda_client.get(reverse("documents:desk")).content
    assert b"Ready to publish" in page and b"Look at it and publish it" in page and document.current is None


def test_list_of_documents_needs_a_fixed_number_of_queries(edda_client, django_assert_max_num_queries):
    for number in range(20):
        cast.current_version(cast.document(f"document-{number}"))
    with django_assert_max_num_queries(10):
        page = edda_client.get(reverse("documents:desk")).content.decode()
    assert page.count("Version 1, 1 page") == 20


def test_original_is_stored_unchanged(uploaded, document):
    data = pdfs.signed()
    version = check(uploaded(document, data))
    assert version.carries_signature
    with vault.open(version, "original") as original:
        assert original.read() == data


def test_new_version_supersedes_the_old_one(uploaded, document):
    first, second = (check(uploaded(document, pdfs.blank())) for _ in range(2))
    first.refresh_from_db()
    assert (first.state, second.state, second.number) == ("superseded", "current", 2)
    assert document.current == second


def test_slow_check_does_not_take_the_place_of_a_newer_version(uploaded, document):
    first, second = (uploaded(document, pdfs.blank()) for _ in range(2))
    assert check(second).state == "current"
    assert check(first).state == "ready"


def test_refused_version_keeps_its_reason_and_no_file(
    edda_client, uploaded, document, stored_paths, django_capture_on_commit_callbacks
):
    good = check(uploaded(document, pdfs.blank()))
    kept = stored_paths()
    with django_capture_on_commit_callbacks(execute=True):
        bad = check(uploaded(document, pdfs.encrypted()))
    assert bad.state == "refused" and "encrypted" in bad.refusal_sentence and bad.original is None
    assert stored_paths() == kept and StoredFile.objects.count() == 2
    assert actions()[-1] == Action.VERSION_REFUSED
    assert document.current == good
    page = edda_client.get(reverse("documents:upload", args=[document.slug])).content.decode()
    assert "without a password" in page and "Refused" in page


@pytest.mark.parametrize(
    ("data", "words"),
    [(pdfs.blank()[:-300] + b"startxref\n1\n%%EOF", "damaged"), (pdfs.of_no_size(), "cannot be marked")],
)
def test_other_refusals(uploaded, document, data, words):
    assert words in check(uploaded(document, data)).refusal_sentence


def test_check_that_exceeds_its_limits_refuses_the_version(uploaded, document, monkeypatch):
    def slow(*args, **limits):
        raise checking.sandbox.TooSlow

    monkeypatch.setattr(checking.sandbox, "run", slow)
    assert "too long" in check(uploaded(document, pdfs.blank())).refusal_sentence


def test_version_checked_twice_is_decided_once(uploaded, document, stored_paths):
    version = uploaded(document, pdfs.blank())
    stale = DocumentVersion.objects.select_related("document", "original").get(pk=version.pk)
    check(version)
    files = stored_paths()
    check(version)
    # A second worker read the row before the first one decided.
    checking.check(stale)
    assert not checking.refuse(stale, "late")
    version.refresh_from_db()
    assert version.state == "current" and stored_paths() == files
    assert actions().count(Action.VERSION_ACCEPTED) == 1


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "report.pdf", "file is empty"),
        (b"Hello, I am text", "report.pdf", "not a PDF"),
        (b"%PD", "report.pdf", "not a PDF"),
        (pdfs.blank(), "report.docx", "not a PDF"),
        (pdfs.blank() + b"\0" * 200_000, "report.pdf", "larger than"),
    ],
    ids=["empty", "text", "three bytes", "another ending", "too long"],
)
def test_file_refused_at_a_glance_gets_a_sentence_and_is_not_stored(
    edda_client, document, stored_paths, settings, data, name, words
):
    settings.MAX_UPLOAD_BYTES = 150_000
    response = send(edda_client, document, data, name)
    assert response.status_code == 200 and words in response.content.decode()
    assert stored_paths() == [] and not DocumentVersion.objects.exists() and not StoredFile.objects.exists()


def test_upload_with_too_large_a_content_length_is_not_read(edda_client, document, settings, stored_paths):
    settings.MAX_UPLOAD_BYTES = 1000
    response = send(edda_client, document, pdfs.blank() + b"\0" * 200_000)
    assert response.status_code == 413 and "larger than" in response.content.decode()
    assert stored_paths() == []


def test_form_without_a_file_gets_a_sentence(edda_client, document):
    response = edda_client.post(reverse("documents:upload", args=[document.slug]))
    assert response.status_code == 200 and "Choose a PDF" in response.content.decode()


def test_second_file_is_not_stored(edda_client, document, stored_paths):
    files = {name: SimpleUploadedFile("a.pdf", pdfs.blank()) for name in ("file", "other")}
    assert edda_client.post(reverse("documents:upload", args=[document.slug]), files).status_code == 302
    assert len(stored_paths()) == 1


def test_upload_without_the_csrf_token_stores_nothing(edda, document, stored_paths):
    strict = staff_client(Client(enforce_csrf_checks=True), edda)
    assert send(strict, document, pdfs.blank()).status_code == 403
    assert stored_paths() == [] and not DocumentVersion.objects.exists()


def test_csrf_token_of_the_form_is_accepted(edda, document):
    strict = staff_client(Client(enforce_csrf_checks=True), edda)
    page = strict.get(reverse("documents:upload", args=[document.slug]))
    file = SimpleUploadedFile("report.pdf", pdfs.blank())
    data = {"csrfmiddlewaretoken": str(page.context["csrf_token"]), "file": file}
    assert strict.post(reverse("documents:upload", args=[document.slug]), data).status_code == 302


def test_aborted_upload_stores_nothing(edda_client, document, stored_paths):
    boundary = b"--b\r\nContent-Disposition: form-data; name=file; filename=a.pdf\r\n\r\n"
    cut = boundary + pdfs.blank() * 3
    url = reverse("documents:upload", args=[document.slug])
    edda_client.raise_request_exception = False
    edda_client.generic("POST", url, cut, "multipart/form-data; boundary=b", CONTENT_LENGTH=str(len(cut)))
    assert not any(name.endswith(".draft") for name in stored_paths())


@pytest.mark.parametrize("role", ["approver", "sales", "auditor", None])
def test_people_without_permission_cannot_upload(client, document, stored_paths, role):
    if role:
        staff_client(client, cast.person("x@trust.example", "X", role))
    else:
        client.force_login(cast.rhea())
    assert send(client, document, pdfs.blank()).status_code == 403
    assert stored_paths() == []


def test_anonymous_visitors_are_sent_to_the_sign_in(client, document, stored_paths):
    assert send(client, document, pdfs.blank()).status_code == 302
    assert stored_paths() == [] and not DocumentVersion.objects.exists()


def test_upload_writes_nothing_to_the_temporary_folder(edda_client, document, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a temporary file outside the vault")

    for name in ("NamedTemporaryFile", "TemporaryFile", "mkstemp"):
        monkeypatch.setattr(f"tempfile.{name}", refuse)
    assert send(edda_client, document, pdfs.blank() + b"%" * 3_000_000).status_code == 302


def test_upload_for_an_unknown_document_is_not_found(edda_client):
    assert edda_client.get("/desk/documents/no-such/upload/").status_code == 404


def test_file_sent_to_another_form_is_not_stored(client, rhea, stored_paths, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a temporary file")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", refuse)
    client.force_login(rhea)
    file = SimpleUploadedFile("a.pdf", pdfs.blank() + b"%" * 3_000_000)
    assert client.post(reverse("requests:ask"), {"file": file, "reason": "x"}).status_code == 200
    assert stored_paths() == []


def test_version_whose_check_never_ends_is_refused(
    uploaded, document, stored_paths, django_capture_on_commit_callbacks
):
    stuck, young = (uploaded(document, pdfs.blank(pdfs.TEXT)) for _ in range(2))
    DocumentVersion.objects.filter(pk=stuck.pk).update(uploaded_at=timezone.now() - timedelta(hours=3))
    with django_capture_on_commit_callbacks(execute=True):
        routine.end_checks()
    stuck.refresh_from_db()
    young.refresh_from_db()
    assert (stuck.state, young.state) == ("refused", "checking")
    assert "upload it again" in stuck.refusal_sentence
    assert stored_paths() == [young.original_id]


WAITS = "The check is not available right now. We keep the file and check it as soon as we can."


@pytest.fixture
def sandbox_is_gone(monkeypatch):
    """Makes the interpreter of the sandboxed child missing, until the test restores it."""
    with monkeypatch.context() as moved:
        moved.setattr(sys, "executable", "/gone/python")
        yield moved


def shown(client, url):
    return " ".join(client.get(url).content.decode().split())


def test_upload_without_a_sandbox_is_kept_and_checked_later(
    edda_client, document, stored_paths, sandbox_is_gone, caplog
):
    send(edda_client, document, pdfs.blank(pdfs.TEXT))
    version = check(document.versions.get())
    assert (version.state, stored_paths()) == ("checking", [version.original_id])
    assert "The sandbox is not available" in caplog.text and "/gone/python" in caplog.text
    pages = reverse("documents:desk"), reverse("documents:upload", args=[document.slug])
    assert all(WAITS in shown(edda_client, page) for page in pages)
    sandbox_is_gone.undo()
    assert check(version).state == "ready"
    assert not any(WAITS in shown(edda_client, page) for page in pages)


def test_upload_waits_for_the_sandbox_without_a_limit(uploaded, document, sandbox_is_gone):
    version = check(uploaded(document, pdfs.blank(pdfs.TEXT)))
    waiting = DocumentVersion.objects.filter(pk=version.pk)
    waiting.update(uploaded_at=timezone.now() - timedelta(days=3))
    routine.end_checks()
    assert waiting.get().state == "checking"

    def started(minutes):
        """The number of checks that start if the last attempt was this many minutes ago."""
        waiting.update(check_unavailable_at=timezone.now() - timedelta(minutes=minutes))
        queue = Task.objects.filter(path="documents.tasks.check_version")
        before = queue.count()
        routine.check_again()
        routine.check_again()
        return queue.count() - before

    assert (started(1), started(6)) == (0, 1)
    # Its tasks were lost, so it no longer waits for the sandbox.
    waiting.update(check_unavailable_at=timezone.now() - timedelta(hours=3))
    routine.end_checks()
    assert waiting.get().state == "refused"


def test_a_page_on_which_the_mark_would_not_show_refuses_the_upload_by_its_number(
    uploaded, document, edda_client, monkeypatch, stored_paths, django_capture_on_commit_callbacks
):
    real = checking.sandbox.run

    def hidden(name, *arguments, **options):
        proof = real(name, *arguments, **options)
        return {**proof, "proven": 1, "hidden": 2} if name.startswith("documents.intake.proof") else proof

    monkeypatch.setattr(checking.sandbox, "run", hidden)
    with django_capture_on_commit_callbacks(execute=True):
        version = check(uploaded(document, pdfs.blank(pdfs.TEXT, pdfs.TEXT)))
    assert (version.state, version.refusal_page) == ("refused", 2)
    assert "On page 2 the reader's name would not show." in version.refusal_sentence
    assert stored_paths() == [] and not StoredFile.objects.exists()
    [entry] = history.entries(Record.objects.filter(action=Action.VERSION_REFUSED))
    assert entry.detail["page"] == 2 and "On one of the pages" in entry.text
    for page in ("documents:desk", "documents:upload"):
        url = reverse(page, args=[document.slug] if page.endswith("upload") else [])
        assert "On page 2 the reader&#x27;s name would not show." in edda_client.get(url).content.decode()


def test_many_pages_are_proven_in_several_runs_and_the_desk_shows_how_far_they_are(
    uploaded, document, edda_client, monkeypatch
):
    monkeypatch.setattr(checking, "AT_ONCE", 0)
    monkeypatch.setattr(checking, "PROVING", 0.0)
    version = check(uploaded(document, pdfs.blank(*[pdfs.TEXT] * 3)))
    copy = version.reading_copy_id
    for proven in (1, 2):
        assert (version.state, version.pages, version.pages_proven) == ("checking", 3, proven)
        for page in ("documents:desk", "documents:upload"):
            url = reverse(page, args=[document.slug] if page.endswith("upload") else [])
            assert f"{proven} of 3 pages checked." in " ".join(edda_client.get(url).content.decode().split())
        check(version)
    assert (version.state, version.pages_proven, version.reading_copy_id) == ("current", 3, copy)


def test_a_version_with_a_page_that_is_not_proven_cannot_become_current(uploaded, document):
    version = uploaded(document, pdfs.blank(pdfs.TEXT))
    prepared = cast.keep_copy(version, b"copy", {"pages": 2, "slots": []})
    DocumentVersion.objects.update(pages_proven=1)
    with pytest.raises(IntegrityError, match="version_current_is_complete"):
        checking.accept(prepared)


def test_who_makes_the_reading_copy_second_throws_it_away(uploaded, document, stored_paths):
    version = uploaded(document, pdfs.blank(pdfs.TEXT))
    kept = cast.keep_copy(version, b"copy", {"pages": 2, "slots": []})
    before = stored_paths()
    with vault.Draft(version, "reading_copy") as draft:
        draft.write(b"another")
        assert not checking.keep_copy(version, draft, pages=9, slots=[], signed=True)
    version.refresh_from_db()
    assert (version.reading_copy_id, version.pages) == (kept.reading_copy_id, 2) and stored_paths() == before


def test_a_copy_that_a_reader_was_given_is_refused_with_its_code(uploaded, document, edda_client):
    """However a program saved it again. The reading copy without a reader is no copy of anybody."""
    target = io.BytesIO()
    slots = prepare(io.BytesIO(pdfs.blank(pdfs.TEXT, pdfs.TEXT)), target).slots
    cells = second_mark.picture(second_mark.new_bits())
    mark = Mark("rhea@example.com", "Example Corp", timezone.now(), "7F3K-2QXW-9B4T", cells)
    copy = b"".join(patched(target, len(target.getvalue()), slots, mark))
    with pikepdf.open(io.BytesIO(copy)) as pdf:
        rewritten = pdfs.saved(
            pdf, normalize_content=True, object_stream_mode=pikepdf.ObjectStreamMode.generate, recompress_flate=True
        )
    for data in (copy, rewritten):
        version = check(uploaded(document, data))
        assert (version.state, version.refusal, version.original) == ("refused", "readers_copy", None)
        assert "delivered to a reader (copy 7F3K-2QXW-9B4T)" in version.refusal_sentence
        entry = history.entries(Record.objects.filter(action=Action.VERSION_REFUSED))[-1]
        assert entry.detail["code"] == "7F3K-2QXW-9B4T" and "upload the original" in entry.text
    page = edda_client.get(reverse("documents:upload", args=[document.slug])).content.decode()
    assert "copy 7F3K-2QXW-9B4T" in page
    assert check(uploaded(document, target.getvalue())).state == "current"
