"""/posture.json, the pages and their data blocks say the same, fact by fact.

Every key of every row has to be on the page of its row, as the page writes it, or in `NOT_ON_PAGES` with the reason.
"""

import json
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.test import Client
from django.utils import timezone

from certifications import kept, posture_json
from certifications.models import Certification, Framework
from certifications.public_sections import ASPECTS
from documents.models import Document
from tests import cast, signin
from tests.certifications import content
from trustcenter.web import dates, markup

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# Where the facts of a part stand; the names in braces are keys of the row.
PLACES = {
    "company": ["/"],
    "source": ["/"],
    "products": ["/products/{slug}/"],
    "routes": ["/products/{product}/"],
    "duties": ["/products/{product}/"],
    "certifications": ["/certifications/{slug}/"],
    "topics": ["/answers/"],
    # What is not offered stands on the overview, and a certification has the answers about it.
    "claims": ["/answers/", "/", "/certifications/soc-2-type-ii/"],
    "subprocessors": ["/subprocessors/"],
    "updates": ["/updates/{slug}/"],
    "timeline": ["/updates/{update}/"],
    # The page of a document says what its level asks for.
    "levels": ["/documents/", "/documents/report/"],
    "documents": ["/documents/{slug}/"],
}
# What a page says in another way, or only /posture.json says.
NOT_ON_PAGES = {
    "slug": "an address, of pages and of entries of lists",
    "review_by": "a page says it once the day is past",
    "legal_name": "the agreements name it",
    "note": "about the source, for programs that compare sources",
    "review_months": "how a day of review is found that a row does not state",
    "way": "a sentence about each document",
    "usual_days": "the form that asks for a document says it",
    "longest_days": "an approver may give so many",
    "state": "the table in which a subprocessor stands",
    **{f"{aspect}_tone": "the colour of its word" for aspect in ASPECTS},
}
# What a page writes behind a number.
NUMBERS = {"target_hours": "business hours", "notice_days": "days"}


class Reader(HTMLParser):
    """What a page says: its words on one line, the addresses it leads to, and its data block."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said, self.addresses, self.data, self._inside = list[str](), set[str](), "", ""
        self.feed(page)
        self.words = " ".join(" ".join(self.said).split())

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        found = dict(attributes)
        self.addresses.add(found.get("href") or found.get("src") or "")
        if tag in {"script", "style", "title"}:
            self._inside = found.get("type") or tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag in {"script", "style", "title"} else self._inside

    def handle_data(self, data: str) -> None:
        if self._inside == "application/ld+json":
            self.data += data
        elif not self._inside:
            self.said.append(data)

    def says(self, text: str) -> bool:
        return text in self.words or text in self.addresses or f"mailto:{text}" in self.addresses

    @property
    def linked(self) -> dict[str, dict[str, Any]]:
        """The nodes of the data block by type."""
        return {node["@type"]: node for node in json.loads(self.data)["@graph"]}


def published(client) -> dict[str, Any]:
    """Publishes facts of which no two have the same day, and returns /posture.json."""
    tables = content.tables()
    for part in ("products", "certifications", "claims", "subprocessors"):
        for row in tables[part]:
            row["review_by"] = date(2035, 6, 15)
    # Where sources disagree, the page says that instead of the word.
    for key in ("not_offered", "not_offered_word", "instead"):
        tables["claims"][2][key] = tables["claims"][0].pop(key)
    # It goes on, so the page says what it does to the products.
    tables["timeline"][0]["status"] = "monitoring"
    # Announced, so the page says when; once it has started, the page says since when it is there.
    del tables["subprocessors"][0]["announced"]
    tables["subprocessors"].append(
        tables["subprocessors"][0]
        | {"slug": "next", "name": "Next", "announced": date(2034, 1, 2), "effective": date(2034, 3, 4)}
    )
    content.publish(tables)
    for document in Document.objects.all():
        cast.current_version(document)
    return client.get("/posture.json").json()


def read(client, path: str) -> Reader:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return Reader(answer.content.decode())


def forms(data: dict[str, Any], part: str, key: str, value: Any) -> list[list[str]]:
    """How a page may write the value of a key: each of these has to be there, in one of its forms."""
    if value in (None, "", [], False, True):
        return []
    if (part, key) == ("certifications", "kind"):
        return [[str(Framework.Kind(value).label)]]
    field = field_of(part, key)
    if isinstance(field, models.DateTimeField):
        moment = datetime.fromisoformat(value)
        return [[dates.written(moment, "j F Y"), dates.written(moment, "j M Y")]]
    if isinstance(field, models.DateField):
        day = date.fromisoformat(value)
        return [[dates.written(day, pattern) for pattern in ("j F Y", "j M Y", "M Y", "j M")]]
    if getattr(field, "choices", None):
        return [[str(dict(field.choices)[value])]]
    if isinstance(value, int):
        # A bare number would be found in the day on which the page was made.
        return [[f"{value} {NUMBERS[key]}"]]
    if isinstance(value, list):
        return [[name_of(data, one)] for one in value]
    if isinstance(field, models.ForeignKey):
        return [[name_of(data, value)]]
    return [[" ".join(markup.plain(str(value)).replace("- ", "").split()), str(value)]]


def field_of(part: str, key: str) -> Any:
    """The field of a key, None of one that the row computes."""
    try:
        return posture_json.PARTS[part].section.field_of(key)
    except FieldDoesNotExist:
        return None


def name_of(data: dict[str, Any], slug: str) -> str:
    for part, found in data.items():
        for row in found if isinstance(found, list) else []:
            if row.get("slug") == slug and part != "timeline":
                return posture_json.PARTS[part].name_of(row)
    return slug


def test_every_fact_is_on_its_page(client):
    data = published(client)
    missing, pages = set[str](), dict[str, Reader]()
    for part, places in PLACES.items():
        rows = data[part] if isinstance(data[part], list) else [data[part]]
        assert rows, f"nothing of {part} to compare"
        for row in rows:
            for path in (paths := [place.format(**row) for place in places]):
                if path not in pages:
                    pages[path] = read(client, path)
            for key in row.keys() - NOT_ON_PAGES.keys():
                for ways in forms(data, part, key, row[key]):
                    if not any(pages[path].says(way) for path in paths for way in ways):
                        missing.add(f"{part}.{key} of {row.get('slug')}: {ways}")
    assert not missing


def test_overview_names_what_posture_json_has_open(client):
    data = published(client)
    newest = {row["update"]: row for row in sorted(data["timeline"], key=lambda row: row["at"])}
    open_now = [row for row in data["updates"] if newest.get(row["slug"], {}).get("status", "resolved") != "resolved"]
    assert open_now
    for path in ("/", f"/?as_of={timezone.localdate().isoformat()}"):
        overview = read(client, path)
        assert overview.words.count("Open incident:") == len(open_now), path
        for row in open_now:
            assert overview.says(f"Open incident: {row['title']}") and overview.says(row["impact"])
            assert overview.says(dates.written(datetime.fromisoformat(row["started_at"]), "j M Y"))


def test_what_is_on_no_page_is_needed(client):
    data = published(client)
    keys = {
        key for part in PLACES for row in (data[part] if isinstance(data[part], list) else [data[part]]) for key in row
    }
    assert NOT_ON_PAGES.keys() <= keys
    assert set(PLACES) == set(posture_json.PARTS)


# -- The data block ----------------------------------------------------------------------------------------------------

# The properties that are used, of each type with those of the types above it (https://schema.org/docs/full.html, release
# 29.4). "Certification" is described in https://github.com/schemaorg/schemaorg/issues/3230.
THING = {"@type", "@id", "name", "url", "description", "sameAs"}
WORK = (
    THING
    | {"publisher", "mainEntity", "inLanguage", "expires", "temporalCoverage", "conditionsOfAccess", "headline"}
    | {"datePublished", "dateModified"}
)
HELD = {"hasCertification"}
VOCABULARY = {
    "WebPage": WORK | {"lastReviewed", "breadcrumb"},
    "BreadcrumbList": THING | {"itemListElement"},
    "ListItem": THING | {"position", "item"},
    "Organization": THING | HELD | {"legalName", "logo", "contactPoint"},
    "ContactPoint": THING | {"contactType", "email"},
    "Product": THING | HELD | {"manufacturer"},
    "Certification": WORK | {"certificationStatus", "certificationIdentification", "issuedBy"},
    "DigitalDocument": WORK,
    "Article": WORK,
}


def nodes(value: Any) -> list[dict[str, Any]]:
    """Every node of a data block, however deep."""
    if isinstance(value, list):
        return [node for one in value for node in nodes(one)]
    if isinstance(value, dict):
        return [value, *nodes(list(value.values()))]
    return []


def certified(row: dict[str, Any], page: str) -> dict[str, Any]:
    """What the data block says about a certification of /posture.json."""
    return {
        "@type": "Certification",
        "@id": f"{page}#this",
        "url": page,
        "name": row["framework"],
        "description": row["scope"],
        "certificationStatus": "https://schema.org/CertificationActive",
        "certificationIdentification": row["number"],
        "issuedBy": {"@type": "Organization", "name": row["auditor"]},
        "expires": row["valid_until"],
        "temporalCoverage": f"{row['period_start']}/{row['period_end']}",
        "sameAs": row["registry"],
    }


def test_data_blocks_say_what_posture_json_says(client):
    data = published(client)
    company, (soc2, fedramp) = data["company"], data["certifications"]
    site = settings.SITE_URL
    held = [certified(soc2, f"{site}/certifications/soc-2-type-ii/")]
    overview = read(client, "/").linked
    assert overview["Organization"] == {
        "@type": "Organization",
        "@id": f"{site}/#company",
        "name": company["name"],
        "legalName": company["legal_name"],
        "url": company["website"],
        "description": company["summary"],
        "contactPoint": {"@type": "ContactPoint", "contactType": "security", "email": company["contact_email"]},
        # What is in progress is no certification yet.
        "hasCertification": held,
    }
    assert overview["WebPage"]["lastReviewed"] == company["as_of"]
    page = read(client, "/certifications/soc-2-type-ii/").linked
    assert page["Certification"] == held[0] and page["WebPage"]["lastReviewed"] == soc2["as_of"]
    trail = page["WebPage"]["breadcrumb"]["itemListElement"]
    assert [(one["position"], one["item"]) for one in trail] == [(1, f"{site}/certifications/"), (2, held[0]["url"])]
    assert "Certification" not in read(client, f"/certifications/{fedramp['slug']}/").linked
    for row in data["products"]:
        said = read(client, f"/products/{row['slug']}/").linked["Product"]
        assert (said["name"], said["description"]) == (row["name"], row["summary"])
        assert said.get("hasCertification", []) == (held if row["slug"] in soc2["products"] else [])
    for row in data["documents"]:
        said = read(client, f"/documents/{row['slug']}/").linked["DigitalDocument"]
        assert (said["name"], said.get("description")) == (row["title"], row.get("summary"))
        assert said["conditionsOfAccess"] == name_of(data, row["level"])
    for row in data["updates"]:
        said = read(client, f"/updates/{row['slug']}/").linked["Article"]
        assert (said["headline"], said["datePublished"], said["dateModified"]) == (
            *(row["title"], row["published_at"], row["edited_at"]),
        )


def test_data_blocks_use_words_of_schema_org_only(client):
    published(client)
    paths = ["/", "/certifications/soc-2-type-ii/", "/certifications/fedramp/", "/products/api/", "/documents/report/"]
    seen = set()
    for path in [*paths, "/documents/caiq/", "/updates/export-late/"]:
        block = json.loads(read(client, path).data)
        assert block["@context"] == "https://schema.org"
        for node in nodes(block["@graph"]):
            if (kind := node.get("@type")) is None:
                assert node.keys() == {"@id"}, node
                continue
            seen.add(kind)
            assert node.keys() <= VOCABULARY[kind], kind
        # Every reference leads to a node of the same block.
        named = {node["@id"] for node in nodes(block["@graph"]) if node.keys() > {"@id"} and "@id" in node}
        assert {node["@id"] for node in nodes(block["@graph"]) if node.keys() == {"@id"}} <= named
    assert seen == VOCABULARY.keys()


def test_data_block_says_when_a_certification_has_ended(client):
    published(client)
    yesterday = timezone.localdate() - timedelta(days=1)
    Certification.objects.filter(slug="soc-2-type-ii").update(review_by=yesterday)
    kept.forget()
    said = read(client, "/certifications/soc-2-type-ii/").linked["Certification"]
    # Nobody has said in time that it still is.
    assert "certificationStatus" not in said
    Certification.objects.filter(slug="soc-2-type-ii").update(valid_until=yesterday)
    kept.forget()
    said = read(client, "/certifications/soc-2-type-ii/").linked["Certification"]
    assert said["certificationStatus"] == "https://schema.org/CertificationInactive"


def test_nothing_closes_the_data_block(client):
    tables, end = content.tables(), "</script><script>alert(1)</script><!-- & \u2028"
    tables["company"] |= {"summary": end, "name": end}
    content.publish(tables)
    page = client.get("/").content.decode()
    assert Reader(page).linked["Organization"]["description"] == end
    assert page.count("<script") == page.count("</script>") == 1 and "<!--" not in page


def test_only_pages_for_everyone_have_a_data_block(client):
    published(client)
    signed_in = signin.staff_client(Client(), cast.edda())
    assert Reader(client.get("/?as_of=2026-03-01").content.decode()).data == ""
    assert Reader(client.get("/nowhere/").content.decode()).data == ""
    for path in (
        "/",
        "/documents/report/",
        "/certifications/soc-2-type-ii/",
        "/products/api/",
        "/updates/export-late/",
    ):
        assert read(signed_in, path).data == ""
    for path in ("/documents/report/", "/", "/documents/"):
        assert "Secret summary" not in read(client, path).data
