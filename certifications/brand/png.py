"""A PNG encoded again, in a child process that has nothing else: whatever was hidden in the file stays behind."""

import io
from typing import Any, BinaryIO

from PIL import Image, ImageFile, PngImagePlugin  # noqa: F401  (the confined child can load nothing later)

# Larger pictures are made smaller: a header is 40 pixels high, on fine screens three times as many.
WIDEST, HIGHEST, MOST_PIXELS = 960, 240, 25_000_000


def made_anew(source: BinaryIO, target: BinaryIO) -> dict[str, Any]:
    """Writes the first picture of a PNG as a new one; returns its size, or why it is refused."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(source, formats=["PNG"]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return {"refused": "pixels"}
            if getattr(picture, "n_frames", 1) > 1:
                return {"refused": "animated"}
            plain = picture.convert("RGBA")
    except Image.DecompressionBombError:
        return {"refused": "pixels"}
    except (OSError, SyntaxError, ValueError):
        return {"refused": "broken"}
    plain.thumbnail((WIDEST, HIGHEST))
    made = io.BytesIO()
    plain.save(made, format="PNG", optimize=True)
    target.write(made.getvalue())
    return {"width": plain.width, "height": plain.height}
