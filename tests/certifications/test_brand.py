import io
import json
import struct
import zlib
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse, reverse_lazy
from PIL import Image, PngImagePlugin

from certifications import translating
from certifications.brand import svg
from certifications.brand.svg import Refused, drawn_anew
from certifications.editing.state import state
from certifications.history import revising
from certifications.models import BrandImage, ContentDraft, Profile
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


ROW = reverse_lazy("certifications:edit_row", args=["company", "company"])


def fields():
    """What the form of the company says now."""
    said = state("company", "company")
    table = {
        key: value for key, value in (said.draft.table if said.draft else said.public).items() if key != "translations"
    }
    return {**table, "saw": said.token} | translating.said(Profile.objects.get().translations)


def save(client, **typed):
    pictures = {key: typed.pop(key) for key in ("logo", "icon") if key in typed}
    known = {key: value for key, value in fields().items() if key not in BrandImage.Kind.values}
    return client.post(ROW, known | typed | pictures)


def publish(client, **typed):
    """Saves a draft of the company, and publishes it."""
    assert save(client, **typed).status_code == 302
    words = {"saw": state("company", "company").token, "despite": "on"}
    return client.post(reverse("certifications:publish_row", args=["company", "company"]), words)


def file(data, name="logo"):
    return SimpleUploadedFile(name, data.encode() if isinstance(data, str) else data)


def test_logo_is_a_draft_then_on_every_page_and_there_is_a_way_back(edda):
    """The same steps as for every fact of the company: save, look, publish, go back."""
    visitor = Client()
    assert save(edda, logo=file(LOGO), icon=file(picture())).status_code == 302
    draft, profile = ContentDraft.objects.get(), Profile.objects.get()
    logo, icon = draft.table["logo"], draft.table["icon"]
    # Only the editor sees it.
    assert not profile.logo and "/brand/logo" not in visitor.get("/").content.decode()
    assert visitor.get(f"/brand/{logo}").status_code == 404
    page = edda.get(ROW).content.decode()
    assert f'<img src="/brand/{logo}"' in page.partition('class="preview"')[2]
    changes = page.partition('aria-labelledby="changes"')[2].partition("</section>")[0]
    assert changes.count("Picture added") == 2 and logo not in changes
    assert edda.get(f"/brand/{logo}")["Cache-Control"] == "private, no-store"
    assert Record.objects.filter(action="content.picture_uploaded").count() == 2
    # Words that are saved later leave the pictures of the draft as they are.
    publish(edda, headline="Trust at Ours")
    page = visitor.get("/subprocessors/").content.decode()
    assert f'src="/brand/{logo}"' in page and f'href="/brand/{icon}"' in page
    assert json.loads(visitor.get("/posture.json").content)["company"]["logo"] == logo
    drawn, small = visitor.get(f"/brand/{logo}"), visitor.get(f"/brand/{icon}")
    assert drawn["Content-Type"] == "image/svg+xml" and small["Content-Type"] == "image/png"
    assert "immutable" in drawn["Cache-Control"] and drawn["X-Content-Type-Options"] == "nosniff"
    assert ElementTree.fromstring(drawn.content).get("width") == "64"  # our own
    assert visitor.get("/brand/logo-000000000000.svg").status_code == 404
    # A content file knows nothing of pictures, and leaves them alone.
    content.publish()
    assert Profile.objects.get().logo == logo
    # Taken away, and brought back by the revision that had it.
    had = revising.newest().number
    publish(edda, logo=file(LOGO.replace("</svg>", '<path d="M0 0h9v9z"/></svg>')))
    publish(edda, **{"logo-clear": "on"})
    changes = [" ".join(one.split()) for one in visitor.get("/changes/").content.decode().split("<li>")]
    told = [one for one in changes if "<dt>Logo</dt>" in one]
    assert [word in one for word, one in zip(("removed", "replaced", "added"), told, strict=True)] == [True] * 3
    assert "logo-" not in "".join(told)
    assert visitor.get(f"/brand/{logo}").status_code == 404 and not Profile.objects.get().logo
    assert Profile.objects.get().icon == icon
    edda.post(reverse("certifications:go_back", args=["company", "company"]), {"number": had})
    assert ContentDraft.objects.get().table["logo"] == logo and not Profile.objects.get().logo
    publish(edda, contact_email="soc@trust.example")
    assert visitor.get(f"/brand/{logo}").content == drawn.content


def test_words_and_colour(edda, client):
    publish(edda, name="Ours", headline="Trust at Ours", colour="#ffcc00")
    page = " ".join(client.get("/").content.decode().split())
    assert "<h1> Trust at Ours" in page and 'href="/brand/colour/ffcc00.css"' in page
    assert client.get("/brand/colour/ffcc00.css").content == b":root { --brand: #ffcc00; }\n"
    assert client.get("/brand/colour/red;}.css").status_code == 404
    desk = edda.get(reverse("certifications:brand"), follow=True).content.decode()
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
    save(edda, logo=file(picture(pnginfo=secret, size=(2000, 1000)) + b"tail"))
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
        answer = save(edda, headline="Kept words", logo=file(data))
        page = answer.content.decode()
        assert answer.status_code == 200 and sentence in page and 'value="Kept words"' in page
    answer = save(edda, colour="green")
    assert "Write the color as # and six digits" in answer.content.decode()
    assert not BrandImage.objects.exists() and Profile.objects.get().headline == "Trust at Example"


def test_picture_of_a_form_that_a_colleague_was_quicker_than_is_kept(edda):
    early = fields() | {"headline": "Mine"}
    save(edda, headline="Theirs")
    answer = edda.post(ROW, {key: value for key, value in early.items() if value} | {"logo": file(LOGO)})
    page, image = answer.content.decode(), BrandImage.objects.get()
    assert answer.status_code == 409 and "Picture added" in page
    hidden = f'<input type="hidden" name="logo-kept" value="{image.name}">'
    assert hidden in page and f'href="/brand/{image.name}"' in page
    assert "logo" not in ContentDraft.objects.get().table
    # The next try brings no file.
    assert save(edda, headline="Mine", **{"logo-kept": image.name}).status_code == 302
    assert ContentDraft.objects.get().table["logo"] == image.name
    # Nobody else's names are taken for pictures, and a file counts more.
    save(edda, **{"icon-kept": image.name, "logo-kept": "logo-000000000000.svg"})
    assert "icon" not in ContentDraft.objects.get().table
    save(edda, logo=file(picture()), **{"logo-kept": image.name})
    assert ContentDraft.objects.get().table["logo"].endswith(".png")


def test_mail_brings_the_logo_along(edda, mailoutbox):
    publish(edda, logo=file(picture()))
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
