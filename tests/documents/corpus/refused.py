"""Files that are refused with an error message."""

import os

import pikepdf
from pikepdf import Pdf

from documents.intake.flaws import Flaw
from tests.documents import pdfs
from tests.documents.corpus import file


@file("refused: encrypted", Flaw.ENCRYPTED)
def encrypted() -> bytes:
    return pdfs.encrypted()


@file("refused: encrypted with a password", Flaw.ENCRYPTED)
def with_password() -> bytes:
    return pdfs.encrypted("secret")


@file("refused: cut off", Flaw.BROKEN)
def cut_off() -> bytes:
    data = pdfs.blank(*[os.urandom(900) for _page in range(5)])
    return data[: len(data) // 2]


@file("refused: text", Flaw.NOT_PDF)
def text() -> bytes:
    return b"Hello, I am text"


@file("refused: noise", Flaw.BROKEN)
def noise() -> bytes:
    return b"%PDF-1.7\n" + os.urandom(3000) + b"startxref\n9\n%%EOF\n"


@file("refused: no pages", Flaw.NO_PAGES)
def no_pages() -> Pdf:
    return pikepdf.new()


@file("refused: too many pages", Flaw.TOO_MANY_PAGES)
def too_many_pages() -> Pdf:
    pdf = pikepdf.new()
    for _page in range(2001):
        pdf.add_blank_page()
    return pdf


@file("refused: content that does not unpack", Flaw.BROKEN)
def not_packed() -> bytes:
    return pdfs.by_hand(b"/Filter/FlateDecode", b"this was never deflated")
