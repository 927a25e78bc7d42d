"""The proof finds a mark that does not show, whatever hides it, and the page."""

import io
import json

import pytest
from pikepdf import Array, Dictionary, Name, Stream

from documents.intake import reading_copy
from documents.intake.pages import rebuild
from documents.intake.proof import prove
from tests.documents import pdfs
from tests.documents.corpus.annotations import annotation
from trustcenter.vault import sandbox

WIDE = Array([0, 0, 595, 60])


def cover(pdf, page):
    page.Annots = Array([annotation(pdf, "Stamp", WIDE)])


def cover_a_letter(pdf, page):
    page.Annots = Array([annotation(pdf, "Stamp", Array([60, 14, 64, 20]))])


def cover_in_print(pdf, page):
    page.Annots = Array([annotation(pdf, "Watermark", WIDE, F=4 | 32)])


def cover_on_the_screen(pdf, page):
    page.Annots = Array([annotation(pdf, "Stamp", WIDE, F=0)])


def cover_with_something_faint(pdf, page):
    state = Dictionary(F=Dictionary(Type=Name.ExtGState, ca=0.5))
    page.Annots = Array([annotation(pdf, "Stamp", WIDE, b"/F gs 1 g 0 0 999 99 re f")])
    page.Annots[0].AP.N.Resources = Dictionary(ExtGState=state)


def write_over(pdf, page):
    page.Annots = Array([annotation(pdf, "FreeText", WIDE, b"0.32 g 20 5 300 9 re f")])


def smaller_box(pdf, page):
    page.CropBox = Array([0, 30, 595, 842])


SABOTAGE = [
    cover, cover_a_letter, cover_in_print, cover_on_the_screen, cover_with_something_faint, write_over, smaller_box,
]  # fmt: skip


def prepared(monkeypatch, *sabotage):
    """A reading copy of three pages; `sabotage` is done to the rebuilt second one."""

    def rebuilt(pdf):
        made = rebuild(pdf)
        for harm in sabotage:
            harm(pdf, made[1].page)
        return made

    monkeypatch.setattr(reading_copy, "rebuild", rebuilt)
    copy = io.BytesIO()
    slots = reading_copy.prepare(io.BytesIO(pdfs.blank(*[pdfs.TEXT] * 3)), copy).slots
    monkeypatch.undo()
    return copy, json.dumps(slots)


@pytest.mark.parametrize("harm", SABOTAGE)
def test_a_mark_that_does_not_show_is_found_with_its_page(monkeypatch, harm):
    proof = prove(*prepared(monkeypatch, harm), 1, 60)
    assert (proof.pages, proof.proven, proof.hidden) == (3, 1, 2)


def test_a_strip_that_is_not_drawn_at_all_is_found(monkeypatch):
    monkeypatch.setattr(reading_copy, "_draw_on", draw_nothing)
    copy = io.BytesIO()
    slots = reading_copy.prepare(io.BytesIO(pdfs.blank()), copy).slots
    monkeypatch.undo()
    assert prove(copy, json.dumps(slots), 1, 60).hidden == 1


def draw_nothing(pdf, made, drawn):
    for name, mark in drawn.items():
        made.page.Resources.XObject[name] = mark
    made.page.Contents = Stream(pdf, made.content)


def test_pages_are_proven_from_any_page_on_and_at_least_one_at_a_time(monkeypatch):
    copy, slots = prepared(monkeypatch)
    assert [prove(copy, slots, first, 0).proven for first in (1, 2, 3)] == [1, 2, 3]
    assert prove(copy, slots, 2, 60).proven == 3


def test_the_sandbox_has_what_the_proof_needs(prepared_report):
    copy, known = prepared_report
    arguments = json.dumps(known["slots"]), 1, 60
    answer = sandbox.run("documents.intake.proof:prove", io.BytesIO(copy), None, *arguments)
    assert answer == {"pages": 3, "proven": 3, "hidden": None}
