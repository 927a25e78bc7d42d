"""Every program shows the mark on every page of every accepted file; the other files are refused with their flaw."""

import functools
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops

from documents.intake.flaws import Flaw
from documents.intake.inspection import inspect
from documents.intake.proof import TOLERANCE, _is_legible, prove
from documents.intake.reading_copy import prepare
from documents.marks import second_mark
from documents.marks.marking import LINE_LENGTH, Mark, Unmarkable, patched
from tests.documents import corpus, engines, pdfs

CODE = "7F3K-2QXW-9B4T"
AT = datetime(2026, 3, 4, 12, 34, 56, tzinfo=UTC)
CELLS = second_mark.picture(bytes(range(64)))
EMAIL = "bartholomew.featherstonehaugh.of.the.procurement.department@subsidiary.example.com"
MARK = Mark(
    EMAIL, "Example Corporation International Limited", AT, CODE, CELLS, "For the named reader only, please " * 3
)


def marked(data: bytes, mark: Mark | None = MARK) -> bytes:
    copy = io.BytesIO()
    slots = prepare(io.BytesIO(data), copy).slots
    assert prove(copy, json.dumps(slots), 1, 60).hidden is None
    return b"".join(patched(copy, copy.getbuffer().nbytes, slots, mark)) if mark else copy.getvalue()


@functools.cache
def blank(folder: Path, size: tuple[float, ...], mark: Mark | None) -> dict[str, Image.Image]:
    """The strip of a blank page of that size and rotation, as each program draws it."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page().obj
    page.MediaBox, page.Rotate = pikepdf.Array(size[:4]), size[4]
    path = folder / "blank.pdf"
    path.write_bytes(marked(pdfs.saved(pdf), mark))
    return engines.strips(path, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("marked")


@pytest.mark.parametrize("name", [name for name in corpus.FILES if name not in corpus.REFUSED])
def test_mark_is_visible_in_every_program(name, folder):
    data = corpus.data(name)
    assert inspect(io.BytesIO(data)).flaw is None
    path = folder / "marked.pdf"
    path.write_bytes(marked(data))
    with pypdfium2.PdfDocument(path) as pdf:
        pages = len(pdf)
        sizes = {n: (*pdf[n - 1].get_mediabox(), pdf[n - 1].get_rotation()) for n in {1, pages}}
    for number, size in sizes.items():
        text = engines.poppler_text(path, number)
        assert EMAIL in text and CODE in text
        expected, without = blank(folder, size, MARK), blank(folder, size, None)
        for engine, strip in engines.strips(path, number).items():
            assert _is_legible(without[engine], expected[engine]), (
                f"{engine}, page {number}: not legible on a blank page"
            )
            off = ImageChops.difference(strip, expected[engine]).getextrema()[1]
            assert off <= TOLERANCE, f"{engine}, page {number}: differs by {off}"


@pytest.mark.parametrize(("name", "flaw"), corpus.REFUSED.items())
def test_file_that_cannot_be_marked_is_refused(name, flaw):
    data = corpus.data(name)
    found = inspect(io.BytesIO(data)).flaw
    if found is None:
        with pytest.raises(Unmarkable):
            prepare(io.BytesIO(data), io.BytesIO())
        found = Flaw.UNMARKABLE
    assert found == flaw


def test_corpus_has_files_of_every_kind():
    assert len(corpus.FILES) > 200
    assert max(map(len, MARK.lines)) <= LINE_LENGTH
