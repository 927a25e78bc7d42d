"""Tracing a leaked file to its copy, at the desk, in the worker and on the command line."""

import io
import sys
from collections.abc import Callable

import pikepdf
import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from documents import delivery, routine, tasks
from documents.models import Delivery, Trace
from documents.tracing import flows
from tests import cast
from tests.documents import pdfs
from tests.documents.conftest import employed_rhea, let_in, published_report
from tests.signin import staff_client
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.vault.models import StoredFile

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(scope="module")
def delivered(shared_scene, prepared_report) -> list[tuple[Delivery, bytes]]:
    """Three copies of the report that Rhea has downloaded."""
    report, rhea = published_report(prepared_report), employed_rhea()
    let_in(rhea, report)
    copies = [delivery.deliver(report.slug, reader=rhea, session_key="s") for _ in range(3)]
    return [(copy.delivery, b"".join(copy.chunks)) for copy in copies]


@pytest.fixture
def copy(delivered) -> Callable[[], tuple[Delivery, bytes]]:
    """Each call gives another copy."""
    return iter(delivered).__next__


@pytest.fixture
def ben_client(client):
    return staff_client(client, cast.ben())


def page_picture(data: bytes, page: int = 0, dpi: int = 100) -> Image.Image:
    return pypdfium2.PdfDocument(data)[page].render(scale=dpi / 72).to_pil().convert("RGB")


def as_jpeg(picture: Image.Image, quality: int = 75) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def send(client, data: bytes, name: str = "leak.pdf"):
    return client.post(reverse("documents:traces"), {"file": SimpleUploadedFile(name, data)})


def traced(client, data: bytes, name: str = "leak.pdf") -> Trace:
    assert send(client, data, name).status_code == 302
    trace = Trace.objects.latest("asked_at")
    with TestCase.captureOnCommitCallbacks(execute=True):
        tasks.trace_file.call(trace.pk)
    trace.refresh_from_db()
    return trace


def methods(trace: Trace) -> set[str]:
    return {one["method"] for one in trace.findings["evidence"]}


def text_pdf(*lines: str) -> bytes:
    draw = b"".join(b"0 -20 Td (%s) Tj " % line.encode() for line in lines)
    return pdfs.blank(b"BT /F0 12 Tf 72 700 Td " + draw + b"ET")


@pytest.mark.parametrize(("data", "words"), [(b"", "empty"), (b"PK\x03\x04 a spreadsheet", "not a PDF, PNG or JPEG")])
def test_file_that_is_neither_pdf_nor_image_is_refused_at_once(ben_client, data, words, stored_paths):
    response = send(ben_client, data)
    assert response.status_code == 200 and words in response.content.decode()
    assert not Trace.objects.exists() and stored_paths() == []


def test_upload_without_the_csrf_token_stores_nothing(stored_paths):
    strict = Client(enforce_csrf_checks=True)
    assert send(staff_client(strict, cast.ben()), pdfs.blank()).status_code == 403
    assert not Trace.objects.exists() and stored_paths() == []


def test_list_of_traces_needs_the_same_queries_for_one_and_many(ben_client, django_assert_max_num_queries):
    for number in range(60):
        Trace.objects.create(name=f"leak-{number}.pdf", size=1, sha256="0" * 64, asked_by=User.objects.get())
    with django_assert_max_num_queries(9):
        page = ben_client.get(reverse("documents:traces")).content.decode()
    assert "Page 1 of 3" in page and page.count("leak-") == 25


def test_trace_that_never_ends_is_given_up(ben_client, stored_paths):
    assert send(ben_client, pdfs.blank()).status_code == 302
    Trace.objects.update(asked_at=timezone.now() - routine.CHECK_PATIENCE * 2)
    with TestCase.captureOnCommitCallbacks(execute=True):
        routine.end_traces()
    trace = Trace.objects.get()
    assert trace.state == "failed" and "on our side" in trace.get_failure_display() and stored_paths() == []


def test_command_without_a_sandbox_says_so_and_ends_the_trace(db, tmp_path, monkeypatch):
    (tmp_path / "leak.pdf").write_bytes(pdfs.blank())
    monkeypatch.setattr(sys, "executable", "/gone/python")
    with pytest.raises(CommandError, match=r"the sandbox is not available: .*/gone/python"):
        call_command("trace", str(tmp_path / "leak.pdf"))
    assert Trace.objects.get().is_finished


def test_unchanged_copy_is_found_by_every_method(ben_client, copy):
    (_other, _bytes), (mine, data) = copy(), copy()
    response = send(ben_client, data)
    trace = Trace.objects.get()
    assert response["Location"] == reverse("documents:trace", args=[trace.pk])
    waiting = ben_client.get(reverse("documents:trace", args=[trace.pk]))
    assert "The file is being read" in waiting.content.decode() and "Look again" in waiting.content.decode()
    assert waiting["Refresh"] == "5"
    tasks.trace_file.call(trace.pk)
    assert "Refresh" not in ben_client.get(reverse("documents:trace", args=[trace.pk])).headers
    trace.refresh_from_db()
    assert (trace.state, trace.verdict, trace.delivery) == ("answered", "named", mine)
    assert methods(trace) == {"hash", "cells", "text"}
    page = ben_client.get(reverse("documents:trace", args=[trace.pk])).content.decode()
    for word in (
        "The file comes from one copy",
        mine.code,
        "rhea@example.com",
        "Example Corp",
        "version 1",
        "not who passed",
    ):
        assert word in page
    assert mine.code in ben_client.get(reverse("documents:traces")).content.decode()


def test_file_is_deleted_and_question_and_answer_are_recorded(ben_client, copy, stored_paths):
    mine, data = copy()
    before = stored_paths()
    assert send(ben_client, data).status_code == 302
    trace = Trace.objects.get()
    assert trace.file and len(stored_paths()) == len(before) + 1
    with TestCase.captureOnCommitCallbacks(execute=True):
        tasks.trace_file.call(trace.pk)
    assert stored_paths() == before
    trace.refresh_from_db()
    assert trace.file is None and not StoredFile.objects.filter(trace__isnull=False).exists()
    asked, answered = Record.objects.filter(action__startswith="trace.").order_by("number")
    assert (asked.action, asked.actor) == (Action.TRACE_ASKED, trace.asked_by_id)
    assert mine.code in answered.detail.body and trace.sha256 in answered.detail.body


def test_trace_examined_twice_is_answered_once(ben_client, copy):
    trace = traced(ben_client, copy()[1])
    tasks.trace_file.call(trace.pk)
    assert Record.objects.filter(action=Action.TRACE_ANSWERED).count() == 1


def test_jpeg_screenshot_names_the_copy(ben_client, copy):
    (mine, data), (_other, _bytes) = copy(), copy()
    picture = page_picture(data).crop((60, 90, 760, 900))
    trace = traced(ben_client, as_jpeg(picture), "screen.jpg")
    assert (trace.verdict, trace.delivery) == ("named", mine)
    assert methods(trace) == {"cells"}


def test_code_alone_is_an_indication_and_no_proof(ben_client, copy):
    mine, _bytes = copy()
    trace = traced(ben_client, text_pdf("Stolen from", f"copy {mine.code}"))
    assert (trace.verdict, trace.delivery) == ("pointed", mine)
    page = ben_client.get(reverse("documents:trace", args=[trace.pk])).content.decode()
    assert "Anyone can type a code." in page and "Names only" in page


def test_unknown_code_names_no_copy(ben_client, copy):
    copy()
    trace = traced(ben_client, text_pdf("copy 0000-0000-0000"))
    assert (trace.verdict, trace.findings["unknown_codes"]) == ("nobody", ["0000-0000-0000"])


def test_code_in_the_metadata_is_found(ben_client, copy):
    mine, _bytes = copy()
    with pikepdf.open(io.BytesIO(pdfs.blank())) as pdf:
        pdf.docinfo["/Title"] = f"soc2-{mine.code}"
        trace = traced(ben_client, pdfs.saved(pdf))
    assert (trace.verdict, methods(trace)) == ("pointed", {"elsewhere"})


def test_code_of_another_copy_is_reported_as_a_contradiction(ben_client, copy):
    (_mine, data), (other, _bytes) = copy(), copy()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for page in pdf.pages:
            page.contents_add(b"BT /F0 9 Tf 72 300 Td (copy %s) Tj ET" % other.code.encode())
        trace = traced(ben_client, pdfs.saved(pdf))
    assert (trace.verdict, trace.delivery) == ("at_odds", None)
    assert "The evidence disagrees" in ben_client.get(reverse("documents:trace", args=[trace.pk])).content.decode()


def test_two_overlaid_copies_name_both_and_no_third(ben_client, copy):
    (one, first), (two, second), (_three, _bytes) = copy(), copy(), copy()
    picture = Image.blend(page_picture(first, dpi=150), page_picture(second, dpi=150), 0.5)
    out = io.BytesIO()
    picture.save(out, "PNG")
    trace = traced(ben_client, out.getvalue(), "mixed.png")
    assert trace.verdict == "mixed" and trace.delivery is None
    assert {item["delivery"] for item in trace.findings["evidence"]} == {one.pk, two.pk}


@pytest.mark.parametrize("data", [pdfs.blank(), as_jpeg(Image.effect_noise((600, 800), 60).convert("RGB"))])
def test_unrelated_file_names_nobody(ben_client, copy, data):
    copy()
    trace = traced(ben_client, data)
    assert (trace.verdict, trace.findings["evidence"]) == ("nobody", [])


@pytest.mark.parametrize("data", [b"%PDF-1.7\nnothing", pdfs.encrypted("secret"), b"\x89PNG\r\n\x1a\nbroken"])
def test_unreadable_file_is_reported_and_deleted(ben_client, copy, data, stored_paths):
    before = stored_paths()
    trace = traced(ben_client, data)
    assert trace.state == "failed" and "page as a picture" in trace.get_failure_display()
    assert stored_paths() == before
    assert trace.get_failure_display() in ben_client.get(reverse("documents:trace", args=[trace.pk])).content.decode()


def test_people_without_permission_get_403(client, copy, edda):
    from trustcenter.vault import files as vault

    with vault.Draft(Trace(), "file") as draft, pytest.raises(FlowError):
        draft.write(b"x")
        flows.ask(draft, name="x.pdf", by=edda)
    staff_client(client, edda)
    assert send(client, pdfs.blank()).status_code == 403
    assert client.get(reverse("documents:trace", args=["0" * 16])).status_code == 403
    assert not Trace.objects.exists()


def test_command_names_the_copy(copy, tmp_path, capsys):
    mine, data = copy()
    (tmp_path / "leak.pdf").write_bytes(data)
    call_command("trace", str(tmp_path / "leak.pdf"))
    said = capsys.readouterr().out
    for word in (mine.code, "rhea@example.com", "byte for byte", "second mark", "One copy, proven"):
        assert word in said
    assert Record.objects.filter(action=Action.TRACE_ANSWERED).count() == 1


def test_command_that_finds_no_copy_exits_with_an_error(copy, tmp_path):
    copy()
    (tmp_path / "other.pdf").write_bytes(pdfs.blank())
    with pytest.raises(CommandError, match="names no reader"):
        call_command("trace", str(tmp_path / "other.pdf"))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("trace", str(tmp_path / "missing.pdf"))
