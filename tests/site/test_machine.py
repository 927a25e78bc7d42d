"""What programs read, checked with parsers that are not ours."""

import json
import re
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from sectxt import Parser

from certifications.checking import checks
from certifications.checking.findings import Code
from certifications.history import revising
from certifications.models import Profile
from tests.certifications import content
from trustcenter.audit import checkpoints, offline, receipts

pytestmark = pytest.mark.django_db


def validator(client):
    answer = client.get("/posture.schema.json")
    assert answer["Content-Type"] == "application/schema+json"
    Draft202012Validator.check_schema(answer.json())
    return Draft202012Validator(answer.json(), format_checker=FormatChecker(["date"]))


def test_posture_follows_its_schema(client):
    content.publish()
    posture = client.get("/posture.json").json()
    check = validator(client)
    check.validate(posture)
    assert posture["version"] == check.schema["properties"]["version"]["const"] == 1
    assert check.schema["$id"] == f"{settings.SITE_URL}/posture.schema.json"
    for wrong in ({"status": "splendid"}, {"as_of": "1 March"}, {"owner": "mara@trust.example"}):
        changed = json.loads(json.dumps(posture))
        changed["certifications"][0] |= wrong
        with pytest.raises(ValidationError):
            check.validate(changed)


def test_demo_posture_follows_its_schema(client):
    call_command("content", "import", str(settings.BASE_DIR / "content" / "posture.toml"), verbosity=0)
    validator(client).validate(client.get("/posture.json").json())


def test_signature_proves_the_posture(client, tmp_path, log_key):
    content.publish()
    assert client.get("/posture.json.sig").status_code == 503
    checkpoints.make()
    files = {name: tmp_path / name for name in ("posture.json", "posture.json.sig")}
    for name, file in files.items():
        file.write_bytes(client.get(f"/{name}").content)
    key = receipts.newest().verifier_key
    assert offline.main(["posture", *map(str, files.values()), "--key", key]) == 0


def test_security_txt_has_what_the_standard_demands(client, settings):
    # The standard demands https in its fields.
    settings.SITE_URL = "https://trust.example"
    content.publish()
    answer = client.get("/.well-known/security.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    address = f"{settings.SITE_URL}/.well-known/security.txt"
    read = Parser(answer.content, urls=address)
    assert not read.errors and not read.notifications
    said = {line["field_name"]: line["value"] for line in read.lines if line["type"] == "field"}
    assert said["contact"] == "mailto:security@trust.example" and said["canonical"] == address
    # An end within a year (RFC 9116, 2.5.5), although the profile counts for longer.
    assert "long_expiry" not in {one["code"] for one in read.recommendations}
    assert datetime.fromisoformat(said["expires"]).date() == timezone.localdate() + timedelta(days=364)
    soon = timezone.localdate() + timedelta(days=20)
    Profile.objects.update(review_by=soon)
    assert f"Expires: {soon}T00:00:00Z".encode() in client.get("/.well-known/security.txt").content
    # Somebody is told before it ends, and that it has ended.
    ahead = [one for one in checks.check_now() if one.places[0].name == "Example"]
    assert [one.code for one in ahead] == [Code.DUE] and "/.well-known/security.txt" in ahead[0].todo


def test_sitemap_has_every_public_page_and_its_day(client):
    content.publish()
    root = ElementTree.fromstring(client.get("/sitemap.xml").content)  # our own
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    places = {one.text for one in root.findall("s:url/s:loc", names)}
    paths = {re.sub(r"^https?://[^/]+", "", place) for place in places}
    assert {"/", "/answers/", "/changes/", "/certifications/soc-2-type-ii/", "/documents/report/"} <= paths
    assert {client.get(path).status_code for path in paths} == {200}
    days = {one.text[:10] for one in root.findall("s:url/s:lastmod", names)}
    assert days == {revising.newest().at.date().isoformat()}


def test_llms_txt_leads_to_pages_that_are_there(client):
    content.publish()
    text = client.get("/llms.txt").content.decode()
    assert text.startswith("# Example")
    links = re.findall(r"\]\((\S+?)\)", text)
    assert len(links) >= 8 and all(link.startswith(settings.SITE_URL) for link in links)
    assert {client.get(link.removeprefix(settings.SITE_URL)).status_code for link in links} == {200}


def test_nothing_is_said_before_anything_is_published(client):
    for path in ("/posture.json.sig", "/.well-known/security.txt"):
        assert client.get(path).status_code == 404
    for path in ("/posture.schema.json", "/sitemap.xml", "/llms.txt"):
        assert client.get(path).status_code == 200
