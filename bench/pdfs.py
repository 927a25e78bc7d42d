"""The measured PDFs: incompressible scans, and a long report of text."""

import io
import random
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image

A4 = (595, 842)


def scans(path: Path, *, pages: int, size: int, alike: bool = False) -> None:
    """`pages` pages, each a JPEG of noise, of about `size` bytes in all; the same bytes every time.

    With `alike`, every page has its own copy of one image, which is faster to make.
    """
    noise = random.Random(0)
    side = 400
    sample = len(_jpeg(noise, side))
    side = int(side * (size / pages / sample) ** 0.5)
    pdf = pikepdf.new()
    one = _jpeg(noise, side)
    for _page in range(pages):
        page = pdf.add_blank_page(page_size=A4)
        picture = Stream(pdf, one if alike else _jpeg(noise, side))
        picture.Type, picture.Subtype, picture.Filter = Name.XObject, Name.Image, Name.DCTDecode
        picture.Width = picture.Height = side
        picture.ColorSpace, picture.BitsPerComponent = Name.DeviceGray, 8
        page.obj.Resources = Dictionary(XObject=Dictionary(Scan=picture))
        page.obj.Contents = Stream(pdf, b"q %d 0 0 %d 0 0 cm /Scan Do Q" % A4)
        page.obj.MediaBox = Array([0, 0, *A4])
    pdf.save(path)


def _jpeg(noise: random.Random, side: int) -> bytes:
    out = io.BytesIO()
    Image.frombytes("L", (side, side), noise.randbytes(side * side)).save(out, "JPEG", quality=75)
    return out.getvalue()


def lengthened(source: bytes, path: Path, *, pages: int) -> None:
    """A PDF of `pages` pages: `source` repeated, each time with its own objects."""
    with Pdf.new() as pdf:
        while len(pdf.pages) < pages:
            with pikepdf.open(io.BytesIO(source)) as once:
                pdf.pages.extend(once.pages[: pages - len(pdf.pages)])
        pdf.save(path)
