"""Fifteen real deliveries: a leaked copy names its delivery and never another one."""

import io
import secrets
from datetime import UTC, datetime

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from documents.intake.reading_copy import prepare
from documents.marks import second_mark
from documents.marks.marking import Mark, patched
from documents.tracing import codes, files, naming
from tests.documents import pdfs

DELIVERIES = 15


@pytest.fixture(scope="module")
def copies() -> list[tuple[str, bytes, bytes]]:
    """Id, bits and bytes of each delivery; the page of every second one is a grey image."""
    scan = Image.effect_noise((620, 877), 8).convert("L").point([min(255, level + 110) for level in range(256)])
    picture = io.BytesIO()
    scan.save(picture, "PDF", resolution=75)
    prepared = []
    for source in (pdfs.blank(pdfs.TEXT), picture.getvalue()):
        target = io.BytesIO()
        prepared.append((prepare(io.BytesIO(source), target).slots, target))
    made = []
    for number in range(DELIVERIES):
        bits, (slots, copy) = second_mark.new_bits(), prepared[number % 2]
        mark = Mark(f"reader{number}@example.com", "", datetime.now(UTC), "X" * 14, second_mark.picture(bits))
        made.append((str(number), bits, b"".join(patched(copy, len(copy.getvalue()), slots, mark))))
    return made


def rendered(data: bytes, dpi: float = 100) -> Image.Image:
    return pypdfium2.PdfDocument(data)[0].render(scale=dpi / 72).to_pil().convert("RGB")


def stripped(data: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for page in pdf.pages:
            for name in [name for name in page.obj.Resources.XObject if name.startswith("/ReaderMark")]:
                del page.obj.Resources.XObject[name]
            page.obj.Contents = pikepdf.Array(list(page.obj.Contents)[:-1])
        return pdfs.saved(pdf)


def saved(picture: Image.Image, form: str, **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


LEAKS = {
    "as it left": lambda data: data,
    "overlay stripped": stripped,
    "printed to PDF": lambda data: saved(rendered(data, 150), "PDF", resolution=150),
    "JPEG": lambda data: saved(rendered(data), "JPEG", quality=75),
    "screenshot": lambda data: saved(rendered(data, 103).crop((40, 60, 760, 900)), "PNG"),
}


def named(leak: bytes, everyone: list[tuple[str, bytes]]) -> list[str]:
    readings = [naming.unpacked(reading) for reading in files.examine(io.BytesIO(leak)).readings]
    return [fit.delivery for fit in naming.fits(readings, [everyone])] if readings else []


@pytest.mark.parametrize("way", LEAKS)
def test_leaked_copies_name_only_their_delivery(copies, way):
    everyone = [(who, bits) for who, bits, _data in copies]
    everyone += [(f"other{number}", second_mark.new_bits()) for number in range(2000)]
    first = 3 * list(LEAKS).index(way)
    for who, _bits, data in copies[first : first + 3]:
        assert named(LEAKS[way](data), everyone) == [who]


def test_random_readings_name_nobody_among_many_deliveries():
    chance = np.random.default_rng(3)
    readings = [chance.standard_normal(second_mark.BITS).astype(np.float32) for _ in range(14)]
    batches = [[(str(number), secrets.token_bytes(64)) for number in range(5000)] for _ in range(4)]
    assert naming.fits(readings, batches) == []
    assert naming.threshold(100_000, 14) == pytest.approx(8.35, abs=0.05)


def test_reading_that_is_not_a_number_names_nobody():
    import base64

    broken = base64.b64encode(np.full(second_mark.BITS, np.nan, np.float16).tobytes()).decode()
    assert not naming.unpacked(broken).any()
    assert naming.fits([naming.unpacked(broken)], [[("a", bytes(64))]]) == []


@pytest.mark.parametrize(
    "text",
    [
        "copy 7F3K-2QXW-9B4T",
        "7F3K-2QXW-\n9B4T",
        "7f3k\u20112qxw\u20119b4t",
        "7 F 3 K - 2 Q X W - 9 B 4 T",
        "c o p y : 7F3K 2QXW 9B4T",
        "(7F3K\u20142QXW \u2014 9B4T)",
    ],
)
def test_code_is_found_in_any_spelling(text):
    assert "7F3K-2QXW-9B4T" in codes.codes(text)


def test_similar_letters_are_read_as_digits():
    assert "1F0K-2QXW-9B4T" in codes.codes("IFOK-2QXW-9B4T")


def test_code_in_hexadecimal_and_utf16_is_found():
    code = "7F3K-2QXW-9B4T"
    assert code in codes.codes_in(b"<" + code.encode().hex().encode() + b">")
    assert code in codes.codes_in(code.encode("utf-16-be"))
