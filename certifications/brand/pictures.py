"""An uploaded picture as everyone may get it."""

import hashlib
import io

from django.utils.translation import gettext as _

from certifications.brand.svg import Refused, drawn_anew
from certifications.models import BrandImage
from trustcenter.vault import sandbox

# Two of them fit into the largest form that nginx takes (1 MB).
MOST_BYTES = 400_000
PNG = b"\x89PNG\r\n\x1a\n"
LIMITS = sandbox.Limits(memory=512 * sandbox.MIB, cpu=10, file=4 * sandbox.MIB, clock=20.0)


def made(kind: BrandImage.Kind, data: bytes) -> BrandImage:
    """A new picture of the same content, not yet saved. Raises Refused with a sentence for the person who uploaded it.

    A PNG is decoded in a child process, so call it outside of a change.
    """
    if len(data) > MOST_BYTES:
        raise Refused(_("The file is larger than 400 kB."))
    if data.startswith(PNG):
        return _png(kind, data)
    if b"<svg" in data[:4096]:
        drawing = drawn_anew(data)
        return _image(kind, BrandImage.Form.SVG, drawing.data, drawing.width, drawing.height)
    raise Refused(_("Choose a PNG or an SVG."))


def _png(kind: BrandImage.Kind, data: bytes) -> BrandImage:
    target = io.BytesIO()
    try:
        said = sandbox.run("certifications.brand.png:made_anew", io.BytesIO(data), target, limits=LIMITS)
    except sandbox.Unavailable as error:
        raise Refused(_("The picture cannot be checked at the moment. Try again later.")) from error
    except sandbox.SandboxError as error:
        raise Refused(_("The picture could not be read. Save it as PNG again.")) from error
    match said:
        case {"width": int(width), "height": int(height)} if target.getvalue().startswith(PNG):
            return _image(kind, BrandImage.Form.PNG, target.getvalue(), width, height)
        case {"refused": "animated"}:
            raise Refused(_("The picture is animated. Save a single frame."))
        case {"refused": "pixels"}:
            raise Refused(_("The picture has more than 25 million pixels. Make it smaller."))
        case _:
            raise Refused(_("The picture could not be read. Save it as PNG again."))


def _image(kind: BrandImage.Kind, form: BrandImage.Form, data: bytes, width: int, height: int) -> BrandImage:
    digest = hashlib.sha256(data).hexdigest()
    name = f"{kind}-{digest[:12]}.{form}"
    return BrandImage(name=name, kind=kind, form=form, data=data, sha256=digest, width=width, height=height)
