import io
import re
from html import unescape
from xml.etree import ElementTree

import pytest
from django.conf import settings

from certifications.badges import COLOURS
from certifications.models import Certification, Framework
from tests.certifications import content

pytestmark = pytest.mark.django_db

SVG = "{http://www.w3.org/2000/svg}"


def test_badge_says_the_status_of_today(client):
    content.publish()
    answer = client.get("/badge/soc-2-type-ii.svg")
    assert answer["Content-Type"] == "image/svg+xml" and answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    root = ElementTree.parse(io.BytesIO(answer.content)).getroot()  # our own
    assert root.find(f"{SVG}title").text == "SOC 2 Type II: Attested"
    assert [one.text for one in root.iter(f"{SVG}text")] == ["SOC 2 Type II", "Attested"]
    assert {one.tag for one in root.iter()} <= {SVG + tag for tag in ("svg", "title", "rect", "path", "g", "text")}
    Certification.objects.filter(slug="soc-2-type-ii").update(valid_until="2026-01-01")
    assert b"SOC 2 Type II: Expired" in client.get("/badge/soc-2-type-ii.svg").content
    assert client.get("/badge/iso-27001.svg").status_code == 404


def test_name_with_markup_stays_a_name(client):
    content.publish()
    Framework.objects.filter(slug="soc-2").update(name='<script>alert("1")</script>&')
    root = ElementTree.fromstring(client.get("/badge/soc-2-type-ii.svg").content)  # our own
    assert root.find(f"{SVG}title").text.startswith('<script>alert("1")</script>&')


def test_page_has_the_code_to_embed(client):
    content.publish()
    page = client.get("/certifications/soc-2-type-ii/").content.decode()
    code = unescape(re.search(r"<code[^>]*>(.*?)</code>", page, re.DOTALL)[1])
    link = ElementTree.fromstring(code.replace('alt="SOC 2 Type II">', 'alt="SOC 2 Type II"/>'))
    assert link.get("href") == f"{settings.SITE_URL}/certifications/soc-2-type-ii/"
    assert link.find("img").get("src") == f"{settings.SITE_URL}/badge/soc-2-type-ii.svg"


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("ink", "ground"), [*COLOURS.values(), ("#ffffff", "#2d2f34")])
def test_text_can_be_read_on_its_ground(ink, ground):
    assert (luminance(ink) + 0.05) / (luminance(ground) + 0.05) >= 4.5
