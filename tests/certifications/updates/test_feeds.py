"""The feeds, checked by programs that do not know ours: RELAX NG by RFC 4287, JSON Schema by JSON Feed 1.1."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from jsonschema import Draft202012Validator, FormatChecker
from lxml import etree

from tests import cast
from tests.certifications import content
from tests.certifications.updates import sample

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ATOM = {"a": "http://www.w3.org/2005/Atom"}
# What JSON Feed 1.1 demands of a feed and of an item, and the forms of what it leaves open.
WEB = {"type": "string", "pattern": "^https?://"}
INSTANT = {"type": "string", "format": "date-time"}
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": {"type": "string", "minLength": 1},
        "home_page_url": WEB,
        "feed_url": WEB,
        "language": {"type": "string"},
        "authors": {"type": "array", "items": {"type": "object", "minProperties": 1}},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id"],
                "anyOf": [{"required": ["content_html"]}, {"required": ["content_text"]}],
                "properties": {
                    "id": {"type": "string", "minLength": 1},
                    "url": WEB,
                    "title": {"type": "string"},
                    "date_published": INSTANT,
                    "date_modified": INSTANT,
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}


def test_both_feeds_hold_to_their_standards_and_say_the_same(client):
    content.publish()
    edda = cast.edda()
    sample.post(edda, "A & B <i>", body='Ends < begins & "more".\n\n- **one**')
    sample.post(edda, "For readers only", level="nda")
    answer = client.get("/updates/feed.atom")
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8" and not answer.cookies
    grammar = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))
    feed = etree.fromstring(answer.content)
    grammar.assertValid(feed)
    for element in ("id", "updated", "title"):
        broken = etree.fromstring(answer.content)
        broken[-1].remove(broken[-1].find(f"a:{element}", ATOM))
        assert not grammar.validate(broken), f"an entry needs its {element}"
    data = json.loads(client.get("/updates/feed.json").content)
    Draft202012Validator(JSON_FEED, format_checker=FormatChecker(["date-time"])).validate(data)
    entries = feed.findall("a:entry", ATOM)
    assert [one.findtext("a:title", namespaces=ATOM) for one in entries] == ["A & B <i>", "Export runs late"]
    assert [one["title"] for one in data["items"]] == ["A & B <i>", "Export runs late"]
    html = entries[0].findtext("a:content", namespaces=ATOM)
    assert html == data["items"][0]["content_html"] and "Ends &lt; begins &amp;" in html
    assert [one.findtext("a:id", namespaces=ATOM) for one in entries] == [one["id"] for one in data["items"]]
    incident = entries[1].findtext("a:content", namespaces=ATOM)
    assert incident.index("All entries are sent.") < incident.index("We are looking into it.")
    for one in data["items"]:
        assert client.get(one["url"].removeprefix(settings.SITE_URL)).status_code == 200


def test_feeds_are_kept_until_a_post_changes(client):
    content.publish()
    edda = cast.edda()
    for address in ("/updates/feed.atom", "/updates/feed.json"):
        first = client.get(address)
        assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304
        sample.post(edda, f"News for {address[-4:]}")
        again = client.get(address, headers={"if-none-match": first["ETag"]})
        assert again.status_code == 200 and again["ETag"] != first["ETag"]
    assert b"News for" not in client.get("/updates/feed.atom?category=incident").content
    assert b"Export runs late" in client.get("/updates/feed.json?category=incident").content


def test_feeds_without_posts_are_feeds(client):
    grammar = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))
    grammar.assertValid(etree.fromstring(client.get("/updates/feed.atom").content))
    first, second = client.get("/updates/feed.atom"), client.get("/updates/feed.atom")
    assert first.content == second.content
    assert client.get("/updates/feed.json").json()["items"] == []
