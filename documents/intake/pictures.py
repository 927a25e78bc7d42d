"""Removes images that make some programs stop drawing the page."""

from pikepdf import Array, Name, Object, Page, Pdf, Stream

from documents.intake.layers import make_empty

DEPTHS = (1, 2, 4, 8, 16)
# The first bytes of JPEG 2000 data, as a file and as a code stream.
JPEG_2000 = (b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")


def take_out_of_the_text(page: Page) -> None:
    """Moves inline images of a page's content and of its forms into separate objects.

    Some programs do not find the end of an inline image.
    """
    page.externalize_inline_images()


def empty_the_impossible(pdf: Pdf) -> None:
    """Empties images whose size or depth no program accepts."""
    for thing in pdf.objects:
        if isinstance(thing, Stream) and thing.get(Name.Subtype) == Name.Image:
            for key in (Name.SMask, Name.Mask):
                mask = thing.get(key)
                if mask is not None and not (key == Name.Mask and isinstance(mask, Array)) and not _is_possible(mask):
                    del thing[key]
            if not _is_possible(thing):
                make_empty(thing)


def _is_possible(picture: Object) -> bool:
    if not isinstance(picture, Stream):
        return False
    if _last_filter(picture) == Name.JPXDecode and not picture.read_raw_bytes().startswith(JPEG_2000):
        return False
    size = picture.get(Name.Width), picture.get(Name.Height)
    depth = picture.get(Name.BitsPerComponent, 1)
    return all(isinstance(side, int) and side > 0 for side in size) and depth in DEPTHS


def _last_filter(picture: Stream) -> Object | None:
    filters = picture.get(Name.Filter)
    return (filters[-1] if len(filters) else None) if isinstance(filters, Array) else filters
