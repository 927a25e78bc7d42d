import io
import os
import time
import zlib

import pikepdf
import pytest
from pikepdf import Array, Name, Stream

from documents.intake.flaws import Flaw, glance
from tests.documents import pdfs
from trustcenter.vault.sandbox import run


def inspect(data):
    return run("documents.intake.inspection:inspect", io.BytesIO(data))


def flaw(data):
    return inspect(data)["flaw"]


def many_pages(count):
    pdf = pdfs.with_pages(pdfs.TEXT)
    for _page in range(count - 1):
        pdf.add_blank_page()
    return pdfs.saved(pdf)


def picture(width, height):
    pdf = pdfs.with_pages(pdfs.TEXT)
    image = Stream(pdf, b"x", Type=Name.XObject, Subtype=Name.Image, Width=width, Height=height)
    pdf.pages[0].add_resource(image, Name.XObject)
    return pdfs.saved(pdf)


def test_good_file_passes_with_its_number_of_pages():
    assert inspect(pdfs.blank(*[pdfs.TEXT] * 4)) == {"flaw": None, "pages": 4, "signed": False, "code": ""}


def test_signature_is_detected():
    assert inspect(pdfs.signed()) == {"flaw": None, "pages": 1, "signed": True, "code": ""}


@pytest.mark.parametrize("user", ["", "secret"])
def test_encrypted_file_is_refused_with_and_without_a_user_password(user):
    assert flaw(pdfs.encrypted(user)) == Flaw.ENCRYPTED


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_truncated_file_is_broken(part):
    data = pdfs.blank(*[os.urandom(3000) for _ in range(5)])
    assert flaw(data[: int(len(data) * part)]) == Flaw.BROKEN


def test_truncated_file_with_an_added_end_is_broken():
    data = pdfs.blank(*[b"%" + os.urandom(3000).hex().encode() for _ in range(5)])
    assert flaw(data[:2000] + data[-60:]) == Flaw.BROKEN


def test_noise_between_magic_and_end_is_broken():
    assert flaw(b"%PDF-1.7\n" + os.urandom(5000) + b"startxref\n9\n%%EOF\n") == Flaw.BROKEN


def test_text_is_not_a_pdf():
    assert flaw(b"Hello") == Flaw.NOT_PDF


def test_decompression_bomb_is_refused_in_bounded_time():
    began = time.monotonic()
    assert flaw(pdfs.bomb()) == Flaw.UNPACKS_TOO_FAR
    assert time.monotonic() - began < 30


def test_decompression_bomb_in_an_object_stream_is_refused():
    packed = zlib.compress(b" " * 300 * 1024 * 1024, 9)
    data = pdfs.by_hand(b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode", packed)
    assert flaw(data) in (Flaw.UNPACKS_TOO_FAR, Flaw.BROKEN)


def test_file_with_a_damaged_stream_is_broken():
    data = pdfs.by_hand(b"/Filter/FlateDecode", b"this was never deflated")
    assert flaw(data) == Flaw.BROKEN


def test_pages_are_counted():
    assert flaw(many_pages(2000)) is None
    assert flaw(many_pages(2001)) == Flaw.TOO_MANY_PAGES


def test_file_without_pages_is_refused():
    pdf = pikepdf.new()
    assert flaw(pdfs.saved(pdf)) == Flaw.NO_PAGES


def test_circular_page_tree_is_refused():
    pdf = pdfs.with_pages(pdfs.TEXT)
    pdf.Root.Pages.Kids = Array([pdf.Root.Pages, pdf.pages[0].obj])
    assert flaw(pdfs.saved(pdf)) in (None, Flaw.BROKEN)


def test_too_large_image_is_refused():
    assert flaw(picture(5000, 5000)) is None
    assert flaw(picture(100_000, 100_000)) == Flaw.TOO_MANY_PIXELS


@pytest.mark.parametrize(
    ("name", "size", "start", "expected"),
    [
        ("report.pdf", 900, b"%PDF-", None),
        ("REPORT.PDF", 900, b"%PDF-", None),
        ("report.pdf", 0, b"", Flaw.EMPTY),
        ("report.pdf", 1001, b"%PDF-", Flaw.TOO_LONG),
        ("report.docx", 900, b"%PDF-", Flaw.NOT_PDF),
        ("report.pdf", 900, b"Hello", Flaw.NOT_PDF),
        ("report.pdf", 3, b"%PD", Flaw.NOT_PDF),
    ],
)
def test_glance_checks_the_first_bytes(name, size, start, expected):
    assert glance(name, size, start, most=1000) == expected
