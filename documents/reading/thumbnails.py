"""Thumbnails of a reading's pages: too small to read, but marked."""

import io

from PIL import Image

from documents.marks import page_mark
from documents.reading import page_images
from documents.reading.flows import Reading

# In pixels. A page of A4 at this size has 12 dots per inch: its text is grey lines.
BOX = (96, 136)
# Small pages are made smaller too, or a label of 5 centimetres could be read in the box.
OF_A_PICTURE = 0.08


def thumbnail(reading: Reading, number: int) -> bytes:
    """Page `number` of an open reading as a small JPEG above the copy's code.

    Raises PageImages.DoesNotExist when there is no such page, vault.Damaged and page_mark.Unmarkable as the page does.
    """
    with Image.open(io.BytesIO(page_images.picture(reading.version, number))) as picture:
        return page_mark.jpeg(page_mark.above_code(_small(picture), reading.delivery.code, BOX[0]))


def _small(picture: Image.Image) -> Image.Image:
    share = min(OF_A_PICTURE, BOX[0] / picture.width, BOX[1] / picture.height)
    size = max(1, int(picture.width * share)), max(1, int(picture.height * share))
    # A JPEG is decoded at an eighth already; the gap keeps the result even.
    picture.draft(picture.mode, size)
    return picture.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
