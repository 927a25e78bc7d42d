"""The demo's sample documents are printed from their sources and marked as samples."""

import pikepdf
import pypdfium2
import pytest

from content import samples
from content.samples.page import page

pytestmark = pytest.mark.once


def test_each_source_has_its_pdf():
    assert [path.stem for path in samples.pdfs()] == sorted(path.stem for path in samples.HERE.glob("*.md"))
    assert len(samples.pdfs()) == 6


@pytest.mark.parametrize("pdf", samples.pdfs(), ids=lambda path: path.stem)
def test_pdf_matches_its_source(pdf):
    with pikepdf.open(pdf) as printed:
        assert bytes(printed.trailer.ID[0]) == page(pdf.with_suffix(".md")).identifier, "run python -m content.samples"


@pytest.mark.parametrize("pdf", samples.pdfs(), ids=lambda path: path.stem)
def test_every_page_says_that_it_is_a_sample(pdf):
    with pypdfium2.PdfDocument(pdf) as printed:
        for sheet in printed:
            assert "SAMPLE" in sheet.get_textpage().get_text_bounded()
