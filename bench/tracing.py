"""Which deliveries a trace names: 30 deliveries, each leaked in every way, and 30 unrelated files."""

import io
import random
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pypdfium2
from PIL import Image, ImageDraw, ImageFilter

from bench.figures import Part, Row
from bench.servers import ROOT
from documents.intake.reading_copy import prepare
from documents.marks import second_mark
from documents.marks.marking import Mark, patched
from documents.tracing import files, naming

DELIVERIES, FOREIGN, OTHERS = 30, 30, 20_000
SAMPLES = ROOT / "content" / "samples"
NOTES = (
    "Each delivery is a marked copy that the product's own code made, of two pages drawn at random from the demo's documents, "
    "half of them as text and half as grainy scans. The code of `manage.py trace` reads each leak and compares it with the "
    "bits of all 30 deliveries and of 20,000 others that are drawn at random. *Named* counts the leaks whose second mark "
    "named the right copy and no other; its code and its bytes are not used. Every run draws other pages, grain and bits; "
    "this one used the seed %s."
)


def measure(data: Path) -> Part:
    """The table of docs/evidence.md, with new random leaks."""
    seed = secrets.randbelow(10**6)
    chance = random.Random(seed)
    sources = [_source(number, chance) for number in range(DELIVERIES)]
    copies = list(_copies(sources))
    everyone = [(f"other{number}", secrets.token_bytes(second_mark.BITS // 8)) for number in range(OTHERS)]
    everyone += [(str(number), bits) for number, (bits, _copy) in enumerate(copies)]
    rows = []
    for name, leak in LEAKS.items():
        named = [_named(leak(copy), everyone) for _bits, copy in copies]
        rows.append(_row(name, named, [str(number) for number in range(DELIVERIES)]))
    rows.append(_row("never marked", [_named(file, everyone) for file in foreign(sources, chance)], []))
    return Part("Tracing", "bench/run tracing", rows, NOTES % seed)


def _source(number: int, chance: random.Random) -> bytes:
    """Two consecutive pages of one of the demo's documents; every second time as a scanner makes them."""
    with pikepdf.open(chance.choice(sorted(SAMPLES.glob("*.pdf")))) as pdf:
        first = chance.randrange(len(pdf.pages))
        for place in reversed(range(len(pdf.pages))):
            if place not in (first, first + 1):
                del pdf.pages[place]
        out = io.BytesIO()
        pdf.save(out)
    return scanned(out.getvalue(), chance) if number % 2 else out.getvalue()


def _row(name: str, named: list[list[str]], right: list[str]) -> Row:
    hits = sum(found == [one] for found, one in zip(named, right, strict=False))
    wrong = sum(bool(set(found) - {one}) for found, one in zip(named, right or [""] * len(named), strict=True))
    return Row(
        name=name,
        ours=f"{hits} of {len(named)} named"
        if right
        else f"{sum(not found for found in named)} of {len(named)} name nobody",
        ratio=f"{wrong} wrong",
        aim="0 wrong",
        met=wrong == 0,
    )


def _copies(sources: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for number, source in enumerate(sources):
        target = io.BytesIO()
        slots = prepare(io.BytesIO(source), target).slots
        bits, copy = second_mark.new_bits(), target.getvalue()
        cells = second_mark.picture(bits)
        mark = Mark(f"reader{number}@example.com", "Example", datetime.now(UTC), f"{number:04}-TEST-0000", cells)
        yield bits, b"".join(patched(io.BytesIO(copy), len(copy), slots, mark))


def _named(leak: bytes, everyone: list[tuple[str, bytes]]) -> list[str]:
    said = files.examine(io.BytesIO(leak))
    readings = [naming.unpacked(one) for one in said.readings]
    batches = [everyone[start : start + 5000] for start in range(0, len(everyone), 5000)]
    return [fit.delivery for fit in naming.fits(readings, batches)] if readings else []


def rendered(data: bytes, dpi: float) -> list[Image.Image]:
    pdf = pypdfium2.PdfDocument(data)
    return [page.render(scale=dpi / 72).to_pil().convert("RGB") for page in pdf]


def encoded(picture: Image.Image, form: str, **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def scanned(data: bytes, chance: random.Random) -> bytes:
    """The pages as a scanner makes them: grey paper with grain, one JPEG each."""
    pages = []
    for page in rendered(data, 120)[:2]:
        noise = Image.effect_noise(page.size, 12).convert("L")
        grey = Image.blend(page.convert("L").filter(ImageFilter.GaussianBlur(0.6)), noise, 0.12)
        lift = chance.randrange(8, 16)
        pages.append(grey.point([min(252, level + lift) for level in range(256)]))
    return pictures_pdf(pages, 120)


def pictures_pdf(pages: list[Image.Image], dpi: float, quality: int = 80) -> bytes:
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=dpi, quality=quality)
    return out.getvalue()


def redistilled(data: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "a.pdf", Path(folder) / "b.pdf"
        source.write_bytes(data)
        subprocess.run(["pdftocairo", "-pdf", source, target], check=True, capture_output=True, timeout=120)
        return target.read_bytes()


def stripped(data: bytes) -> bytes:
    """Removes the visible mark: its form, its name and the last stream of every page."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for page in pdf.pages:
            for name in [name for name in page.obj.Resources.XObject if name.startswith("/ReaderMark")]:
                del page.obj.Resources.XObject[name]
            page.obj.Contents = pikepdf.Array(list(page.obj.Contents)[:-1])
            if "/Annots" in page.obj:
                del page.obj["/Annots"]
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()


def browser_print(data: bytes) -> bytes:
    """The pages as images in a web page, printed to PDF by Chromium."""
    with tempfile.TemporaryDirectory() as folder:
        pages = rendered(data, 110)[:2]
        for number, page in enumerate(pages):
            page.save(Path(folder) / f"{number}.png")
        shown = "".join(f'<img src="{number}.png" style="width:100%">' for number in range(len(pages)))
        (Path(folder) / "a.html").write_text(f"<!doctype html><body>{shown}")
        program = shutil.which("chromium-headless-shell") or "chromium"
        command = [program, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]
        command += ["--no-pdf-header-footer", f"--print-to-pdf={folder}/b.pdf", f"file://{folder}/a.html"]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return (Path(folder) / "b.pdf").read_bytes()


def screenshot(data: bytes) -> bytes:
    """A part of the first page as a screen shows it, in a grey window at a fractional scale."""
    page = rendered(data, 103.7)[0]
    window = Image.new("RGB", (1000, 760), (82, 86, 89))
    window.paste(page.crop((0, 130, page.width, 890)), (61, 0))
    return encoded(window, "PNG")


LEAKS: dict[str, Callable[[bytes], bytes]] = {
    "as it left": lambda copy: copy,
    "visible mark stripped with pikepdf": stripped,
    "rewritten by pdftocairo": redistilled,
    "printed to PDF as pictures, 150 DPI": lambda copy: pictures_pdf(rendered(copy, 150), 150),
    "printed to PDF by Chromium": browser_print,
    "one page as JPEG, 150 DPI, quality 75": lambda copy: encoded(rendered(copy, 150)[0], "JPEG", quality=75),
    "one page as JPEG, 100 DPI, quality 75": lambda copy: encoded(rendered(copy, 100)[0], "JPEG", quality=75),
    "one page as JPEG, 100 DPI, quality 60": lambda copy: encoded(rendered(copy, 100)[0], "JPEG", quality=60),
    "part of a page as a screenshot": screenshot,
    "one page in grey, PNG": lambda copy: encoded(rendered(copy, 150)[0].convert("L"), "PNG"),
    "one page in grey, JPEG quality 75": lambda copy: encoded(rendered(copy, 150)[0].convert("L"), "JPEG", quality=75),
    "turned by one degree, JPEG quality 85": lambda copy: encoded(
        rendered(copy, 150)[0].rotate(1, Image.Resampling.BICUBIC, fillcolor="white"), "JPEG", quality=85
    ),
    "black and white only": lambda copy: encoded(rendered(copy, 150)[0].convert("1"), "PNG"),
}


def foreign(sources: list[bytes], chance: random.Random) -> Iterator[bytes]:
    """Unrelated files: two of the unmarked documents, their pages as images, drawings, noise."""
    yield from sources[:2]
    pages = [page for source in sources for page in rendered(source, 100)]
    for number in range(FOREIGN - 2):
        if number % 3 == 0:
            yield encoded(pages[number % len(pages)], "JPEG", quality=chance.randrange(50, 95))
        elif number % 3 == 1:
            size = chance.randrange(300, 1200), chance.randrange(300, 1200)
            yield encoded(Image.effect_noise(size, chance.randrange(10, 90)).convert("RGB"), "JPEG", quality=80)
        else:
            picture = Image.new("RGB", (900, 700), (255, 255, 240))
            draw = ImageDraw.Draw(picture)
            for _shape in range(60):
                corner = chance.randrange(850), chance.randrange(650)
                colour = tuple(chance.randrange(256) for _band in range(3))
                draw.rectangle(
                    (*corner, corner[0] + chance.randrange(5, 90), corner[1] + chance.randrange(5, 90)), colour
                )
            yield encoded(picture, "JPEG", quality=85)
