"""The picture and the sentence that chats and social networks show beside a link to a public page."""

import io
import re

import pytest
from PIL import Image

from certifications.models import Profile
from tests.certifications import content
from trustcenter.site import share_image

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def drawn_anew():
    share_image._picture.cache_clear()


def test_picture_is_drawn_once_for_each_edition(client, monkeypatch):
    content.publish()
    answer = client.get("/overview.png")
    assert answer["Content-Type"] == "image/png" and "public" in answer["Cache-Control"]
    assert client.get("/overview.png?any=thing").content == answer.content
    assert share_image._picture.cache_info().misses == 1
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (1200, 630) and picture.getpixel((600, 8)) != picture.getpixel((600, 40))
        assert len(set(picture.convert("L").get_flattened_data())) > 20, "words are drawn with soft edges"
    assert len(answer.content) < 100_000


@pytest.mark.parametrize("name", ["", "W" * 100, "a " * 50, "Żółć & Søn", "日本語の会社", "<b>", "x́" * 60])
def test_any_name_is_drawn(client, name):
    content.publish()
    Profile.objects.update(name=name, headline="", colour="#d4007f")
    with Image.open(io.BytesIO(client.get("/overview.png").content)) as picture:
        assert picture.size == (1200, 630) and picture.getpixel((600, 8)) == (0xD4, 0, 0x7F)
        # Nothing is written into the margin on the right.
        margin = picture.crop((1200 - 60, 30, 1200, 630)).convert("L")
        assert margin.getextrema() == (255, 255)


def test_without_any_content(client):
    assert client.get("/overview.png").status_code == 200


def test_public_pages_name_the_picture_and_private_ones_do_not(client):
    content.publish()
    page = client.get("/documents/").content.decode()
    (found,) = re.findall(r'<meta property="og:image" content="([^"]+)">', page)
    assert found.endswith("/overview.png") and page.count('<meta name="description"') == 1
    assert "og:image" not in client.get("/access/").content.decode()
    assert "og:image" not in client.get("/nowhere/").content.decode()
