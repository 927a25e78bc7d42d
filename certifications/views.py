"""The public pages that need nothing but the public facts."""

from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from certifications import posture
from certifications.models import Claim
from trustcenter.web.public_pages import public_page

# As long as the search field lets people type.
WORDS_AT_MOST = 100


@public_page
def certifications(request: HttpRequest) -> HttpResponse:
    """Every certification with its standing, whatever it is."""
    context = {"profile": posture.profile(), "certifications": posture.certifications()}
    return render(request, "public/certifications.html", context)


@public_page
def answers(request: HttpRequest) -> HttpResponse:
    """The claims by topic, narrowed by `product`, `topic` and the words in `q`."""
    products, topics, claims = list(posture.products()), list(posture.topics()), posture.claims()
    unknown: list[str] = []
    product, topic = request.GET.get("product", ""), request.GET.get("topic", "")
    if product and product not in {known.slug for known in products}:
        unknown.append(
            _("There is no product “%(slug)s” here; you see the answers for all products.") % {"slug": product}
        )
        product = ""
    if topic and topic not in {known.slug for known in topics}:
        unknown.append(_("There is no topic “%(slug)s” here; you see the answers on all topics.") % {"slug": topic})
        topic = ""
    q = request.GET.get("q", "").strip()[:WORDS_AT_MOST]
    found = [claim for claim in claims if matches(claim, product, topic, q)]
    context: dict[str, Any] = {
        "profile": posture.profile(),
        "topics": [{"topic": about, "claims": list(group)} for about, group in by_topic(found)],
        "products": products,
        "all_topics": topics,
        "chosen": {"product": product, "topic": topic, "q": q},
        "unknown": unknown,
        "count": len(found),
        "total": len(claims),
    }
    return render(request, "public/answers.html", context)


def matches(claim: Claim, product: str, topic: str, words: str) -> bool:
    """Whether the claim is about product and topic (slugs) and holds each of the words; "" means any.

    Done here and not in the database, because SQLite knows the case of ASCII letters only.
    """
    if topic and claim.topic.slug != topic:
        return False
    covered = {one.slug for one in claim.products.all()}
    if product and covered and product not in covered:
        return False
    text = f"{claim.question} {claim.answer}".casefold()
    return all(word in text for word in words.casefold().split())


def by_topic(claims: list[Claim]) -> Any:
    """Pairs of topic and its claims, both in their own order."""
    in_order = sorted(claims, key=lambda claim: (claim.topic.position, claim.topic.slug))
    return groupby(in_order, key=lambda claim: claim.topic)


@public_page
def subprocessors(request: HttpRequest) -> HttpResponse:
    """Who else processes customers' data."""
    context = {"profile": posture.profile(), "subprocessors": posture.subprocessors()}
    return render(request, "public/subprocessors.html", context)
