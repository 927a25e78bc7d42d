import io
import random
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from pikepdf import Array, Dictionary, Name, Stream

from documents.intake import emptying
from documents.intake.reading_copy import Prepared, prepare
from documents.marks import page_mark, second_mark
from documents.marks.marking import CHECKSUM, LINE_LENGTH, LINE_WIDTH, Mark, Unmarkable, adler, patched, plain, width
from tests.documents import pdfs
from trustcenter.accounts.addresses import LONGEST_DOMAIN, canonical

CELLS = second_mark.picture(second_mark.new_bits())
AT = datetime(2026, 3, 4, 12, 34, 56, tzinfo=UTC)
RHEA = Mark("rhea@example.com", "Example Corp", AT, "7F3K-2QXW-9B4T", CELLS)
VERA = Mark("vera@example.com", "Example Corp", AT, "0000-1111-2222", second_mark.picture(second_mark.new_bits()))


def prepared(tmp_path: Path, data: bytes) -> tuple[bytes, Prepared]:
    target = io.BytesIO()
    found = prepare(io.BytesIO(data), target)
    return target.getvalue(), found


def marked(copy: bytes, found: Prepared, mark: Mark = RHEA, **more: int) -> bytes:
    return b"".join(patched(io.BytesIO(copy), len(copy), found.slots, mark, **more))


def mark(tmp_path: Path, data: bytes, mark: Mark = RHEA) -> bytes:
    return marked(*prepared(tmp_path, data), mark)


def assert_names_rhea(data: bytes, pages: int) -> None:
    assert pdfs.problems(data) == []
    texts = list(pdfs.texts(data))
    assert len(texts) == pages
    for text in texts:
        for word in ("rhea@example.com", "Example Corp", "2026-03-04 12:34:56 UTC", "7F3K-2QXW-9B4T"):
            assert word in text


def strip_on(data: bytes, page: int = 0) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the mark's visible ink, as fractions of the page."""
    import pypdfium2

    pdf = pypdfium2.PdfDocument(data)
    picture = pdf[page].render(scale=2).to_pil().convert("L").point(lambda grey: 255 if grey < 200 else 0)
    left, top, right, bottom = picture.getbbox()
    return left / picture.width, top / picture.height, right / picture.width, bottom / picture.height


@pytest.mark.parametrize(
    "save",
    [
        {},
        {"object_stream_mode": pikepdf.ObjectStreamMode.generate},
        {"linearize": True},
        {"compress_streams": False},
    ],
    ids=["plain", "object streams", "linearised", "uncompressed"],
)
def test_every_page_names_the_reader(tmp_path, save):
    assert_names_rhea(mark(tmp_path, pdfs.blank(*[pdfs.TEXT] * 5, **save)), 5)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"q q q 0.1 0 0 0.1 300 300 cm",
        b"Q Q Q 0 0 1 rg",
        b"q Q Q q q 5 0 0 5 0 0 cm",
        b"BT /F0 12 Tf 10 10 Td (never ended) Tj",
        b"/OC /Hidden BDC",
        b"q 0 0 1 1 re W n",
    ],
)
def test_unbalanced_content_does_not_move_the_mark(tmp_path, content):
    data = mark(tmp_path, pdfs.blank(content))
    assert_names_rhea(data, 1)
    left, top, _right, bottom = strip_on(data)
    # Some of these draw nothing themselves, so only the mark at the bottom of the page is visible.
    assert top > 0.9
    assert bottom < 1
    assert left < 0.15


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("box", [(0, 0, 595, 842), (100, 200, 500, 700), (-300, -400, 295, 442), (500, 700, 100, 200)])
def test_mark_is_upright_at_the_bottom_of_the_visible_page(tmp_path, turned, box):
    pdf = pdfs.with_pages(b"")
    page = pdf.pages[0].obj
    page.MediaBox = Array([-500, -500, 1200, 1200])
    page.CropBox = Array(box)
    page.Rotate = turned
    data = mark(tmp_path, pdfs.saved(pdf))
    assert_names_rhea(data, 1)
    left, top, right, bottom = strip_on(data)
    assert left < 0.05 and right < 1
    assert 0.9 < top < bottom < 1
    # Rotated text would be higher than wide.
    assert right - left > 0.3


def test_mark_is_legible_on_a_dark_page(tmp_path):
    data = mark(tmp_path, pdfs.blank(b"0 g 0 0 595 842 re f"))
    import pypdfium2

    picture = pypdfium2.PdfDocument(data)[0].render(scale=2).to_pil().convert("L")
    strip = picture.crop((20, picture.height - 50, picture.width - 20, picture.height))
    assert strip.getextrema()[1] > 240


def test_pages_that_share_content_and_resources_are_each_marked(tmp_path):
    pdf = pdfs.with_pages(pdfs.TEXT)
    for _copy in range(3):
        pdf.pages.append(pdf.pages[0])
    del pdf.pages[1].obj.Resources
    assert_names_rhea(mark(tmp_path, pdfs.saved(pdf)), 4)


def test_pages_with_inherited_resources_and_content_arrays_are_marked(tmp_path):
    pdf = pdfs.with_pages(pdfs.TEXT, pdfs.TEXT)
    resources = pdf.pages[0].obj.Resources
    for page in pdf.pages:
        del page.obj.Resources
        page.obj.Contents = Array([Stream(pdf, b"q"), Stream(pdf, pdfs.TEXT)])
    pdf.Root.Pages.Resources = pdf.make_indirect(resources)
    data = mark(tmp_path, pdfs.saved(pdf))
    assert_names_rhea(data, 2)
    assert all("Page of the report" in text for text in pdfs.texts(data))


def test_copies_of_two_readers_differ_only_in_the_slots(tmp_path):
    copy, found = prepared(tmp_path, pdfs.blank(*[pdfs.TEXT] * 3))
    one, two = marked(copy, found), marked(copy, found, VERA)
    assert len(one) == len(two) == len(copy)
    assert "vera@example.com" in next(pdfs.texts(two)) and "rhea" not in next(pdfs.texts(two))
    alike_one, alike_two = bytearray(one), bytearray(two)
    for slot in found.slots:
        start, end = slot["offset"], slot["offset"] + slot["length"]
        assert one[start:end] != two[start:end]
        alike_one[start:end] = alike_two[start:end] = bytes(slot["length"])
    assert alike_one == alike_two


def test_bytes_do_not_depend_on_the_chunk_size(tmp_path):
    copy, found = prepared(tmp_path, pdfs.blank(pdfs.TEXT))
    whole = marked(copy, found)
    for chunk in (1, 7, 320, 333, 4096):
        assert marked(copy, found, chunk=chunk) == whole


def test_names_in_other_alphabets_are_printed(tmp_path):
    assert plain("Łódź Ørsted Ñandú Straße Ďáblice") == "Lódz Ørsted Ñandú Straße Dáblice"
    assert plain("Компания Рога и Копыта") == "Kompaniia Roga i Kopyta"
    assert plain("Ωμέγα\n\tΑΕ") == "Omega AE"
    assert plain("株式会社") == "????"
    assert plain("a\u200bb\x00c\u202ed") == "abcd"
    name = Mark("rhea@example.com", "株式会社 Łódź Ωμέγα \U0001f600", AT, RHEA.code, CELLS)
    [text] = pdfs.texts(mark(tmp_path, pdfs.blank(), name))
    assert "???? Lódz Omega ?" in text


def test_any_unicode_name_can_be_marked():
    dice = random.Random(1)
    for _round in range(300):
        name = "".join(
            chr(dice.choice([dice.randrange(0x250), dice.randrange(0xD800), dice.randrange(0xE000, 0x110000)]))
            for _ in range(60)
        )
        for line in Mark(name + "@example.com", name, AT, "C" * 14, CELLS, name).lines:
            assert len(line.encode("cp1252")) <= LINE_LENGTH


@pytest.mark.parametrize("letter", ["a", "W", "@"])
def test_too_long_line_is_shortened_in_the_middle_and_keeps_the_code(tmp_path, letter):
    email = letter * 162 + "@" + "m" * 16 + ".example.com"
    long = Mark(email, letter * 200, AT, RHEA.code, CELLS, "n" * 500)
    for line in long.lines:
        assert len(line.encode("cp1252")) <= LINE_LENGTH
        assert width(line) <= LINE_WIDTH + 1
    assert "…" in long.lines[0] and "@" + "m" * 16 + ".example.com \u00b7 " in long.lines[0]
    [text] = pdfs.texts(mark(tmp_path, pdfs.blank(), long))
    assert RHEA.code in text and "2026-03-04 12:34:56 UTC" in text


@pytest.mark.parametrize("company", ["", "Example Corp International Ltd", "W" * 200])
@pytest.mark.parametrize("local", ["a", "m" * 64, "W" * 200])
def test_domain_is_never_shortened(company, local):
    """`…rust.example` may be anybody's. These are the widest letters, as many as the door for addresses takes."""
    domain = f"{'m' * 60}.{'m' * (LONGEST_DOMAIN - 65)}.com"
    assert len(domain) == LONGEST_DOMAIN and canonical(f"a@{domain}") == f"a@{domain}"
    mark = Mark(f"{local}@{domain}", company, AT, RHEA.code, CELLS)
    for line in (mark.lines[0], page_mark.across(mark)):
        assert f"@{domain}" in line
    assert len(mark.lines[0]) <= LINE_LENGTH and width(mark.lines[0]) <= LINE_WIDTH
    assert mark.lines[0].startswith(f"Prepared for {local[:1]}")


def test_domain_of_253_characters_is_refused_at_the_door_and_never_cut():
    domain = ".".join(["a" * 62] * 4)[:249] + ".com"
    with pytest.raises(ValidationError, match="at most 80 characters"):
        canonical(f"a@{domain}")
    mark = Mark(f"a@{domain}", "", AT, RHEA.code, CELLS)
    with pytest.raises(Unmarkable, match="domain"):
        mark.lines  # noqa: B018
    assert f"a@{domain}" in page_mark.across(mark)


def test_long_address_is_printed_in_full():
    mark = Mark(
        "bartholomew.featherstonehaugh@procurement.subsidiary.example.com",
        "Example Corp International Ltd",
        AT,
        "X",
        CELLS,
    )
    assert mark.email in mark.lines[0] and mark.company in mark.lines[0]


def test_copy_has_no_scripts_actions_and_attachments(tmp_path):
    copy, _found = prepared(tmp_path, pdfs.with_javascript())
    with pikepdf.open(io.BytesIO(copy)) as pdf:
        for key in ("/OpenAction", "/AA", "/AF"):
            assert key not in pdf.Root
        assert "/AcroForm" not in pdf.Root and not pdf.attachments
        page = pdf.pages[0].obj
        assert "/AA" not in page
        [link] = page.Annots
        assert link.A.S == Name.URI and "/Next" not in link.A
        for obj in pdf.objects:
            if isinstance(obj, Dictionary | Stream):
                assert obj.get("/S") not in (Name.JavaScript, Name.Launch)
                assert obj.get("/Type") != Name.EmbeddedFile


def test_signature_that_marking_breaks_is_removed(tmp_path):
    copy, _found = prepared(tmp_path, pdfs.signed())
    with pikepdf.open(io.BytesIO(copy)) as pdf:
        assert "/AcroForm" not in pdf.Root
        assert all("/ByteRange" not in thing for thing in pdf.objects if isinstance(thing, Dictionary))


@pytest.mark.parametrize("user", ["", "secret"])
def test_encrypted_file_is_not_prepared(tmp_path, user):
    with pytest.raises((Unmarkable, pikepdf.PasswordError)):
        prepared(tmp_path, pdfs.encrypted(user))


def test_wrong_slot_offsets_are_refused(tmp_path):
    copy, found = prepared(tmp_path, pdfs.blank())
    for shift in (-1, 1, 50, -10_000, 10_000_000):
        moved = [{**slot, "offset": slot["offset"] + shift} for slot in found.slots]
        with pytest.raises(Unmarkable):
            patched(io.BytesIO(copy), len(copy), moved, RHEA)
    for slots in ([], found.slots[:3], found.slots[1:], [{**slot, "length": CHECKSUM} for slot in found.slots]):
        with pytest.raises(Unmarkable):
            patched(io.BytesIO(copy), len(copy), slots, RHEA)


@pytest.mark.parametrize("field", ["drawing", "cells"])
def test_each_mark_has_to_be_at_its_offset(tmp_path, field):
    copy, found = prepared(tmp_path, pdfs.blank())
    moved = [{**slot, "offset": slot["offset"] + (slot["field"] == field)} for slot in found.slots]
    with pytest.raises(Unmarkable):
        patched(io.BytesIO(copy), len(copy), moved, RHEA)


def test_mark_without_its_second_mark_is_refused(tmp_path):
    copy, found = prepared(tmp_path, pdfs.blank())
    with pytest.raises(Unmarkable):
        patched(io.BytesIO(copy), len(copy), found.slots, Mark(RHEA.email, RHEA.company, AT, RHEA.code, b""))


def test_reading_copy_is_written_sequentially(tmp_path):
    class Sink(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data) -> int:
            self.data += data
            return len(data)

    sink = Sink()
    found = prepare(io.BytesIO(pdfs.blank(*[pdfs.TEXT] * 3)), sink)
    assert_names_rhea(marked(bytes(sink.data), found), 3)


@pytest.mark.parametrize("piece", [1, 5, 999])
def test_marks_are_emptied_wherever_writes_are_split(monkeypatch, piece):
    monkeypatch.setattr(emptying, "BUFFERED", 7)
    filled, other = b"A" * 20, b"B" * 30
    whole = b"x" * 50 + filled + b"sum1" + b"y" + other + b"sum2" + b"z" * 90
    target = io.BytesIO()
    places = [emptying.Place("a", filled, b"0" * 20), emptying.Place("b", other, b"1" * 30)]
    writer = emptying.Emptied(target, places)
    for start in range(0, len(whole), piece):
        writer.write(whole[start : start + piece])
    slots = writer.finish()
    assert slots == [{"field": "a", "offset": 50, "length": 24}, {"field": "b", "offset": 75, "length": 34}]
    assert target.getvalue() == (
        b"x" * 50 + b"0" * 20 + adler(b"0" * 20) + b"y" + b"1" * 30 + adler(b"1" * 30) + b"z" * 90
    )


@pytest.mark.parametrize("times", [0, 2])
def test_mark_found_never_or_twice_is_refused(times):
    writer = emptying.Emptied(io.BytesIO(), [emptying.Place("a", b"A" * 20, b"0" * 20)])
    writer.write((b"A" * 20 + b"sum!") * times)
    with pytest.raises(Unmarkable):
        writer.finish()


def test_marked_copy_cannot_be_marked_again(tmp_path):
    copy, found = prepared(tmp_path, pdfs.blank())
    with pytest.raises(Unmarkable):
        patched(io.BytesIO(marked(copy, found)), len(copy), found.slots, VERA)


def test_file_that_ends_early_raises_an_error(tmp_path):
    copy, found = prepared(tmp_path, pdfs.blank())
    with pytest.raises(Unmarkable):
        list(patched(io.BytesIO(copy[:-5]), len(copy), found.slots, RHEA))
