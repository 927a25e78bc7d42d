"""All answers as CSV and as a workbook: the same rows, and no cell that a spreadsheet calculates."""

import csv
import io

import pytest
from openpyxl import load_workbook
from openpyxl.cell import Cell

from certifications.models import Claim
from tests.certifications import content
from trustcenter.site import answers_table
from trustcenter.web import workbook

WRONG = ['=HYPERLINK("https://evil.example","x")', "+1", "-1", "@SUM(A1)", "\tx", "＝1", "a;=1", "_x0041_", "<b>&\"'"]


@pytest.fixture(autouse=True)
def fresh():
    answers_table._workbook.cache_clear()


def sheet(body: bytes) -> list[tuple[Cell, ...]]:
    """The rows as another library reads them; every cell has to be a text, or empty."""
    rows = [*load_workbook(io.BytesIO(body)).active.iter_rows()]
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} == {"s"}
    return rows


def cells(body: bytes) -> list[list[str]]:
    return [[cell.value or "" for cell in row] for row in sheet(body)]


def test_cells_are_texts_whatever_they_begin_with():
    body = workbook.workbook("A & <B>", ["Head"], [[text] for text in WRONG], [20])
    # A code of Excel is written so that Excel shows it as it was.
    shown = [row[0].replace("_x005F_", "_") for row in cells(body)]
    assert shown == ["Head", *WRONG]
    assert [bool(row[0].quotePrefix) for row in sheet(body)] == [False, *[True] * 6, *[False] * 3]


def test_what_no_cell_can_hold_is_left_out():
    body = workbook.workbook("A", ["Head"], [["a\0b\x1bc\ud800d\ufffee\n🙂"], ["x" * 40_000]], [20])
    assert cells(body)[1] == ["abcde\n🙂"] and len(cells(body)[2][0]) == workbook.LONGEST


@pytest.mark.django_db
@pytest.mark.once
def test_both_files_have_every_answer(client, django_assert_num_queries):
    content.publish()
    Claim.objects.filter(slug="law").update(answer=WRONG[0], review_by="2026-03-02")
    with django_assert_num_queries(6):
        answer = client.get("/answers.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="answers.csv"' and "public" in answer["Cache-Control"]
    table = [*csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))]
    assert [len(row) for row in table] == [13] * 4
    own, _later, law = table[1:]
    assert own[:5] == ["Keys", "Can we bring our own keys?", "Yes, by arrangement.", "Enterprise", "2026-03-01"]
    assert own[7] == "SOC 2 report (Under NDA)" and own[8] == "Are customer keys there?"
    assert own[9:12] == ["SOC 2 Type II", "Keys of your own: By arrangement", "Run it in your own cloud."]
    assert own[12].endswith("/answers/#own-keys")
    assert law[2] == f"'{WRONG[0]}" and law[3] == "All products" and law[6] == "yes"
    book = client.get("/answers.xlsx")
    assert book["Content-Type"] == workbook.MEDIA_TYPE and "public" in book["Cache-Control"]
    rows = cells(book.content)
    # A text needs no sign in a workbook.
    law[2] = WRONG[0]
    assert rows == table
    assert "Secret summary" not in str(rows)
    answers_table._workbook.cache_clear()
    assert client.get("/answers.xlsx").content == book.content
    page = client.get("/answers/").content.decode()
    assert 'href="/answers.csv"' in page and 'href="/answers.xlsx"' in page


@pytest.mark.django_db
@pytest.mark.once
def test_workbook_is_made_once_for_an_edition(client, monkeypatch):
    content.publish()
    made, make = [], workbook.workbook
    monkeypatch.setattr(workbook, "workbook", lambda *args: made.append(1) or make(*args))
    client.get("/answers.xlsx")
    client.get("/answers.xlsx?x=1")
    assert len(made) == 1
    Claim.objects.get(slug="law").save()
    client.get("/answers.xlsx")
    assert len(made) == 2
