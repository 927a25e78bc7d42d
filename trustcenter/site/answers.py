"""The answers: search, filters with their counts, and the evidence behind each answer."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from certifications import kept, posture
from certifications.filtering import Filter, Filtered, filtered
from certifications.models import Claim, Product
from certifications.search.finding import Found, find, is_named
from certifications.search.matches import Match
from documents.models import Document
from trustcenter.web.public_pages import public_page_with


@public_page_with("q", "product", "topic", "state")
def answers(request: HttpRequest) -> HttpResponse:
    """The claims that fit the words in `q` and the filters: by topic, or with words, the best match first."""
    facts = kept.facts(request)
    found = find(request.GET.get("q", ""), facts)
    claims = facts.claims
    searched = bool(found.query.typed)
    matches = _found(claims, found)
    by_slug = {claim.slug: claim for claim in claims}
    result = filtered(
        [by_slug[slug] for slug in matches] if searched else claims, _filters(facts.products), request.GET
    )
    groups = [{"topic": None, "claims": result.rows}] if searched and result.rows else _by_topic(result.rows)
    context: dict[str, Any] = {
        "profile": facts.profile,
        "words": found.query.typed,
        "meant": found.meant,
        "found": {
            "groups": groups,
            "count": len(result.rows),
            "marks": found.query,
            "best": next(
                (one.pk for one in result.rows[:1] if searched and is_named(matches[one.slug], found.query.parts)), None
            ),
        },
        "filters": result.filters,
        "unknown": result.unknown,
        "product": _only_product(result),
        "evidence": {document.slug: document for document in Document.objects.select_related("level")},
        "total": len(claims),
    }
    return render(request, "public/answers.html", context)


def _filters(products: Iterable[Product]) -> list[Filter[Claim]]:
    topics = {one.slug: one.in_language("name") for one in posture.topics()}
    return [
        Filter(
            "product",
            _("Product"),
            {one.slug: one.name for one in products},
            # A claim that names no product is about every product.
            lambda claim: {one.slug for one in claim.products.all()} or None,
            _("There is no product “%(slug)s” here. This filter is ignored."),
        ),
        Filter(
            "topic",
            _("Topic"),
            {slug: name for slug, (name, _language) in topics.items()},
            lambda claim: (claim.topic.slug,),
            _("There is no topic “%(slug)s” here. This filter is ignored."),
            languages={slug: language for slug, (_name, language) in topics.items()},
        ),
        Filter(
            "state",
            _("Evidence"),
            {
                "evidence": _("Backed by a document"),
                "conflict": _("Sources disagree"),
                "overdue": _("Past its review date"),
            },
            _states,
            _("There is no filter “%(slug)s” here. It is ignored."),
            any_of=False,
        ),
    ]


def _states(claim: Claim) -> list[str]:
    states = {"evidence": claim.evidence, "conflict": claim.contradicting, "overdue": claim.is_overdue}
    return [state for state, holds in states.items() if holds]


def _only_product(result: Filtered[Claim]) -> dict[str, str] | None:
    chosen = result.chosen["product"]
    return {"slug": chosen[0], "name": result.filters[0][0].labels[chosen[0]]} if len(chosen) == 1 else None


def _found(claims: Sequence[Claim], found: Found) -> dict[str, Match]:
    """The matches that are claims, by slug, the best first. What has only some of the words may be about other things."""
    known = {claim.slug for claim in claims}
    matches = [] if found.partly else found.matches
    return {match.slug: match for match in matches if match.kind == "claim" and match.slug in known}


def _by_topic(claims: Iterable[Claim]) -> list[dict[str, Any]]:
    ordered = sorted(claims, key=lambda claim: (claim.topic.position, claim.topic.slug))
    return [{"topic": topic, "claims": list(group)} for topic, group in groupby(ordered, key=lambda one: one.topic)]
