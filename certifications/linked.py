"""The public facts in the words of schema.org (JSON-LD): a data block in the pages for everyone, for search engines.

It says less than /posture.json, because schema.org has no words for the rest, and never anything else: both are made of
the same rows. schema.org/Certification is "an official and authoritative statement", which includes attestations.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from certifications.models import Certification, Product, Profile, Status, Update
from certifications.models.translations import Translated

VOCABULARY = "https://schema.org"
Node = dict[str, Any]
# Ready for its place in the page.
Block = SafeString | None

# What somebody else has stated. What the company states about itself is no certification, whatever it is called.
BY_OTHERS = frozenset({Status.ATTESTED, Status.CERTIFIED, Status.AUTHORIZED})
# Nothing in the block can end it or begin a comment (HTML, 4.12.1.3).
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def block(
    request: HttpRequest,
    profile: Profile | None,
    about: Node | None = None,
    *,
    title: str,
    trail: Sequence[tuple[Any, str]] = (),
    reviewed: date | None = None,
) -> Block:
    """The data block of a public page; None before anything is published, and on the page of somebody who is signed in.

    `about` is what the page is about, `trail` the names and view names of the pages above it, the highest first, and
    `reviewed` the day as of which its facts are true.
    """
    if profile is None or request.session is not None:
        return None
    here = settings.SITE_URL + request.path
    page: Node = {
        "@type": "WebPage",
        "@id": here,
        "url": here,
        "name": title,
        "inLanguage": getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE),
        "lastReviewed": reviewed,
        "publisher": {"@id": company_id()},
        "mainEntity": about and {"@id": about["@id"]},
        "breadcrumb": _breadcrumb(trail, title, here) if trail else None,
    }
    company = about if about and about["@id"] == company_id() else _company(profile)
    nodes = [page, company, *([about] if about and about is not company else [])]
    return _as_text({"@context": VOCABULARY, "@graph": [_said(one) for one in nodes]})


def of_overview(request: HttpRequest, profile: Profile | None, certifications: Iterable[Certification]) -> Block:
    """The block of the overview: the company."""
    if profile is None:
        return None
    company = organization(profile, certifications)
    return block(request, profile, company, title=text(profile, "headline") or profile.name, reviewed=profile.as_of)


def of_certification(request: HttpRequest, profile: Profile | None, row: Certification) -> Block:
    trail = [(_("Certifications and frameworks"), "site:certifications")]
    about = certification(row) if is_by_others(row) else None
    return block(request, profile, about, title=row.framework.name, trail=trail, reviewed=row.as_of)


def of_product(request: HttpRequest, profile: Profile | None, row: Product, held: Iterable[Certification]) -> Block:
    trail = [(_("Overview"), "site:overview"), (_("Products"), "site:products")]
    return block(request, profile, product(row, held), title=row.name, trail=trail, reviewed=row.as_of)


def of_post(request: HttpRequest, profile: Profile | None, row: Update) -> Block:
    """The block of a post for everyone; a post for the readers of a level has none."""
    if row.level:
        return None
    return block(
        request, profile, post(row), title=text(row, "title"), trail=[(_("Updates"), "certifications:updates")]
    )


def organization(profile: Profile, certifications: Iterable[Certification]) -> Node:
    """The company with what others have stated about it."""
    found = [certification(one) for one in certifications if is_by_others(one)]
    return _company(profile) | {
        "legalName": profile.legal_name,
        "description": text(profile, "summary"),
        "logo": profile.logo and address_of("certifications:brand_image", profile.logo),
        "contactPoint": {"@type": "ContactPoint", "contactType": "security", "email": profile.contact_email},
        "hasCertification": found,
    }


def product(row: Product, certifications: Iterable[Certification]) -> Node:
    """A product with what others have stated about it or about the whole company."""
    address = address_of("site:product", row.slug)
    return _at(address, "Product") | {
        "name": row.name,
        "description": text(row, "summary"),
        "manufacturer": {"@id": company_id()},
        "hasCertification": [certification(one) for one in certifications if is_by_others(one)],
    }


def is_by_others(row: Certification) -> bool:
    """Whether somebody else has stated it, today or until it expired."""
    return row.stated_status in BY_OTHERS


def certification(row: Certification) -> Node:
    """One certification, which is active until its last day. Past its review date, nobody has said that it still is."""
    address = address_of("site:certification", row.slug)
    expired = row.status is Status.EXPIRED
    status = f"{VOCABULARY}/Certification{'Inactive' if expired else 'Active'}"
    return _said(
        _at(address, "Certification")
        | {
            "name": row.framework.name,
            "description": text(row, "scope"),
            "certificationStatus": None if row.is_overdue and not expired else status,
            "certificationIdentification": row.number,
            "issuedBy": row.auditor and {"@type": "Organization", "name": row.auditor},
            "expires": row.valid_until,
            "temporalCoverage": interval(row.period_start, row.period_end),
            "sameAs": row.registry,
        }
    )


def post(row: Update) -> Node:
    address = address_of("certifications:update", row.slug)
    return _at(address, "Article") | {
        "headline": text(row, "title"),
        "datePublished": row.published_at,
        "dateModified": row.edited_at,
        "publisher": {"@id": company_id()},
    }


def interval(start: date | None, end: date | None) -> str | None:
    """A reporting period (ISO 8601)."""
    return f"{start:%Y-%m-%d}/{end:%Y-%m-%d}" if start and end else None


def company_id() -> str:
    return f"{settings.SITE_URL}/#company"


def _company(profile: Profile) -> Node:
    return {"@type": "Organization", "@id": company_id(), "name": profile.name, "url": profile.website}


def _breadcrumb(trail: Sequence[tuple[Any, str]], title: str, here: str) -> Node:
    pages = [*((str(name), address_of(view)) for name, view in trail), (title, here)]
    items = [
        {"@type": "ListItem", "position": position, "name": name, "item": address}
        for position, (name, address) in enumerate(pages, start=1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def id_of(address: str) -> str:
    """The name of the thing that a page is about, which is not the page."""
    return f"{address}#this"


def address_of(view: str, *args: str) -> str:
    return settings.SITE_URL + reverse(view, args=args)


def text(row: Translated, name: str) -> str:
    """A text in the language of the page, or in English."""
    return row.in_language(name)[0]


def _at(address: str, kind: str) -> Node:
    """A node that is about a page of its own."""
    return {"@type": kind, "@id": id_of(address), "url": address}


def _said(node: Node) -> Node:
    return {key: value for key, value in node.items() if value}


def _as_text(graph: Node) -> SafeString:
    text = json.dumps(graph, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))
    return mark_safe(text.translate(ESCAPES))  # noqa: S308  (escaped for a script element that is not run)
