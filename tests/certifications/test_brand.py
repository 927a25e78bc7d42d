import io
import struct
import zlib
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, PngImagePlugin

from certifications.brand import svg
from certifications.brand.svg import Refused, drawn_anew
from certifications.models import BrandImage, Profile
from ndaflow.models import ShareLink
from tests import cast
from tests.certifications import content
from tests.signin import staff_client
from trustcenter import audit
from trustcenter.audit.models import Record
from trustcenter.work import mail
from trustcenter.work.mail_html import LIGHT, legible
from trustcenter.work.models import Mail

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
LOGO = HEAD + 'viewBox="0 0 64 32"><title>Ours</title><path d="M0 0h64v32z" fill="#123456"/></svg>'


def drawing(inside, attributes='width="10" height="10"'):
    return f"{HEAD}{attributes}>{inside}</svg>".encode()


def picture(**more):
    out = io.BytesIO()
    Image.new("RGBA", more.pop("size", (40, 20)), "red").save(out, "PNG", **more)
    return out.getvalue()


@pytest.fixture
def edda(client, db):
    content.publish()
    return staff_client(client, cast.edda())


def form(**more):
    return {"name": "Example", "headline": "", "colour": "", **more}


def file(data, name="logo"):
    return SimpleUploadedFile(name, data.encode() if isinstance(data, str) else data)


def test_logo_is_on_every_page_at_an_address_of_its_bytes(edda, client):
    answer = edda.post(reverse("certifications:brand"), form(logo_file=file(LOGO), icon_file=file(picture())))
    assert answer.status_code == 302
    profile = Profile.objects.get()
    page = client.get("/subprocessors/").content.decode()
    assert f'src="/brand/{profile.logo}"' in page and f'href="/brand/{profile.icon}"' in page
    logo, icon = client.get(f"/brand/{profile.logo}"), client.get(f"/brand/{profile.icon}")
    assert logo["Content-Type"] == "image/svg+xml" and icon["Content-Type"] == "image/png"
    assert "immutable" in logo["Cache-Control"] and logo["X-Content-Type-Options"] == "nosniff"
    assert ElementTree.fromstring(logo.content).get("width") == "64"  # our own
    assert client.get("/brand/logo-000000000000.svg").status_code == 404
    assert Record.objects.filter(action="content.brand_changed").count() == 2
    # A content file knows nothing of pictures, and leaves them alone.
    content.publish()
    assert Profile.objects.get().logo == profile.logo
    edda.post(reverse("certifications:remove_image", args=["logo"]))
    assert client.get(f"/brand/{profile.logo}").status_code == 404 and not Profile.objects.get().logo


def test_words_and_colour(edda, client):
    edda.post(reverse("certifications:brand"), form(name="Ours", headline="Trust at Ours", colour="#ffcc00"))
    page = " ".join(client.get("/").content.decode().split())
    assert "<h1> Trust at Ours" in page and 'href="/brand/colour/ffcc00.css"' in page
    assert client.get("/brand/colour/ffcc00.css").content == b":root { --brand: #ffcc00; }\n"
    assert client.get("/brand/colour/red;}.css").status_code == 404
    desk = edda.get(reverse("certifications:brand")).content.decode()
    darker = legible("#ffcc00", LIGHT)
    assert darker != "#ffcc00" and f"<code>{darker}</code>" in desk, "yellow, until text can be read on white"


@pytest.mark.parametrize(
    ("inside", "sentence"),
    [
        ("<script>alert(1)</script>", "contains “script”"),
        ('<path d="M0 0" onload="alert(1)"/>', "contains a script (“onload”)"),
        ('<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>', "contains “foreignObject”"),
        ('<image xlink:href="https://evil.example/x.png"/>', "contains “image”"),
        ('<g xlink:href="#x"/>', "contains a link"),
        ('<use href="#x"/>', "contains “use”"),
        ('<path d="M0 0" fill="url(https://evil.example/#a)"/>', "refers to something outside"),
        ('<path d="M0 0" style="fill: url(//evil.example/a)"/>', "refers to something outside"),
        ("<style>@import url(x)</style>", "contains “style”"),
        ('<a href="javascript:alert(1)"><path d="M0 0"/></a>', "contains “a”"),
        ('<animate attributeName="x"/>', "contains “animate”"),
        ("<g>" * 30 + "</g>" * 30, "nested too deeply"),
        ("<g/>" * 3000, "more than 2,000 parts"),
    ],
)
def test_drawing_that_could_do_something_is_refused(inside, sentence):
    with pytest.raises(Refused, match=sentence.replace("(", r"\(").replace(")", r"\)")):
        drawn_anew(drawing(inside))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + drawing("&a;"), "document type"),
        (b'<?xml-stylesheet href="x"?>' + drawing(""), "instruction"),
        (drawing("<g>")[:-6], "not well-formed"),
        (b"<html><svg/></html>", "not an SVG"),
        (drawing("", ""), "does not say its size"),
        (drawing("", 'width="0" height="4"'), "does not say its size"),
        (drawing("x" * 200_000), "larger than 100 kB"),
    ],
)
def test_file_that_is_no_drawing_is_refused(data, sentence):
    with pytest.raises(Refused, match=sentence):
        drawn_anew(data)


def test_what_drawing_programs_leave_behind_is_dropped():
    inside = (
        '<metadata><x/></metadata><g style="fill: #f00; -inkscape-font: x" data-name="Layer 1">'
        '<path d="M0 0" fill="url(#a)"/></g><!-- comment -->'
    )
    found = drawn_anew(drawing(inside))
    assert b"metadata" not in found.data and b"inkscape" not in found.data and b"comment" not in found.data
    assert b'fill="#f00"' in found.data and b'fill="url(#a)"' in found.data
    assert drawn_anew(found.data).data == found.data
    assert {"script", "use", "image", "style", "a"}.isdisjoint(svg.ELEMENTS)


def test_png_is_made_anew(edda):
    secret = PngImagePlugin.PngInfo()
    secret.add_text("Comment", "hidden words")
    edda.post(
        reverse("certifications:brand"), form(logo_file=file(picture(pnginfo=secret, size=(2000, 1000)) + b"tail"))
    )
    image = BrandImage.objects.get()
    assert (image.width, image.height) == (480, 240)
    assert b"hidden" not in bytes(image.data) and b"tail" not in bytes(image.data)


def bomb():
    """A PNG that says it has ten thousand million pixels."""
    data = picture()
    header = data[12:16] + struct.pack(">II", 100_000, 100_000) + data[24:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


def test_picture_that_cannot_be_taken_gets_a_sentence_and_nothing_is_lost(edda):
    moving = picture(save_all=True, append_images=[Image.new("RGBA", (40, 20), "blue")])
    for data, sentence in (
        (moving, "The picture is animated."),
        (bomb(), "more than 25 million pixels"),
        (picture()[:60], "The picture could not be read."),
        (b"GIF89a", "Choose a PNG or an SVG."),
        (b"\x89PNG\r\n\x1a\n" + bytes(400_001), "larger than 400 kB"),
        (LOGO.replace("<path", "<script/><path"), "contains “script”"),
    ):
        answer = edda.post(reverse("certifications:brand"), form(headline="Kept words", logo_file=file(data)))
        page = answer.content.decode()
        assert answer.status_code == 200 and sentence in page and 'value="Kept words"' in page
    answer = edda.post(reverse("certifications:brand"), form(colour="green"))
    assert "Write the color as # and six digits" in answer.content.decode()
    assert not BrandImage.objects.exists() and Profile.objects.get().headline == "Trust at Example"


def test_mail_brings_the_logo_along(edda, mailoutbox):
    edda.post(reverse("certifications:brand"), form(logo_file=file(picture())))
    with audit.change(by=None) as change:
        change.mail(
            "share",
            to="rhea@example.com",
            context={"colleague": cast.sal(), "note": "", "link": ShareLink(pk="0" * 16)},
        )
    mail.hand_over.func(Mail.objects.get(to="rhea@example.com").pk)
    message = mailoutbox[-1].message()
    parts = {part.get_content_type(): part for part in message.walk()}
    assert 'src="cid:logo"' in parts["text/html"].get_content()
    assert parts["image/png"]["Content-ID"] == "<logo>"
    assert parts["image/png"].get_content() == bytes(BrandImage.objects.get().data)
    assert message.get_content_type() == "multipart/mixed"
