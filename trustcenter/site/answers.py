"""The answers: search, filters with their counts, and the evidence behind each answer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from certifications import posture
from certifications.about import is_about
from certifications.models import Claim
from documents.models import Document
from trustcenter.site import search
from trustcenter.web.public_pages import public_page

# As long as the search field lets people type.
WORDS_AT_MOST = 100


@dataclass(frozen=True)
class Option:
    """One box of a filter: how many answers it leaves, and the address without it where it is checked."""

    value: str
    label: str
    count: int
    without: str = ""


@dataclass(frozen=True)
class Filter:
    """Boxes of one kind. `any_of`: one checked box is enough; otherwise an answer has to fit all checked boxes."""

    name: str
    legend: str
    labels: dict[str, str]
    fits: Callable[[Claim, str], bool]
    any_of: bool = True

    def lets(self, claim: Claim, values: Iterable[str]) -> bool:
        found = [self.fits(claim, value) for value in values]
        return not found or (any(found) if self.any_of else all(found))


@public_page
def answers(request: HttpRequest) -> HttpResponse:
    """The claims that fit the words in `q` and the filters: by topic, or with words, the best match first."""
    claims, words = posture.claims(), request.GET.get("q", "").strip()[:WORDS_AT_MOST]
    filters = _filters()
    chosen = {one.name: [value for value in request.GET.getlist(one.name) if value in one.labels] for one in filters}
    searched = search.terms(words)
    found = [claim for claim in claims if search.matches(claim, searched)]
    shown = [claim for claim in found if all(one.lets(claim, chosen[one.name]) for one in filters)]
    groups = _by_relevance(shown, searched) if searched else _by_topic(shown)
    context: dict[str, Any] = {
        "profile": posture.profile(),
        "words": words,
        "marks": search.marks(searched),
        "groups": groups,
        "best": _best(groups, searched),
        "filters": [(one, _options(one, filters, chosen, found, request.GET)) for one in filters],
        "unknown": _unknown(request.GET, filters),
        "product": _only_one(chosen["product"], filters[0]),
        "evidence": {document.slug: document for document in Document.objects.select_related("level")},
        "count": len(shown),
        "total": len(claims),
    }
    return render(request, "public/answers.html", context)


def _filters() -> list[Filter]:
    return [
        Filter("product", _("Product"), {one.slug: one.name for one in posture.products()}, is_about),
        Filter("topic", _("Topic"), {one.slug: one.name for one in posture.topics()}, _is_in_topic),
        Filter(
            "state",
            _("Evidence"),
            {
                "evidence": _("Has a document behind it"),
                "conflict": _("Sources disagree"),
                "overdue": _("Past its review date"),
            },
            _is_in_state,
            any_of=False,
        ),
    ]


def _is_in_topic(claim: Claim, topic: str) -> bool:
    return claim.topic.slug == topic


def _is_in_state(claim: Claim, state: str) -> bool:
    match state:
        case "evidence":
            return bool(claim.evidence)
        case "conflict":
            return bool(claim.contradicting)
        case _:
            return claim.is_overdue


def _only_one(chosen: list[str], products: Filter) -> dict[str, str] | None:
    return {"slug": chosen[0], "name": products.labels[chosen[0]]} if len(chosen) == 1 else None


def _options(
    one: Filter, filters: list[Filter], chosen: dict[str, list[str]], found: list[Claim], query: QueryDict
) -> list[Option]:
    others = [
        claim
        for claim in found
        if all(other.lets(claim, chosen[other.name]) for other in filters if other.name != one.name)
    ]
    return [
        Option(
            value,
            label,
            sum(one.fits(claim, value) for claim in others),
            _without(query, one.name, value) if value in chosen[one.name] else "",
        )
        for value, label in one.labels.items()
    ]


def _without(query: QueryDict, name: str, value: str) -> str:
    rest = query.copy()
    rest.setlist(name, [other for other in rest.getlist(name) if other != value])
    return f"?{rest.urlencode()}"


def _unknown(query: QueryDict, filters: list[Filter]) -> list[str]:
    sentences = {
        "product": _("There is no product “%(slug)s” here. This filter is left out."),
        "topic": _("There is no topic “%(slug)s” here. This filter is left out."),
        "state": _("There is no filter “%(slug)s” here. It is left out."),
    }
    return [
        sentences[one.name] % {"slug": value}
        for one in filters
        for value in query.getlist(one.name)
        if value and value not in one.labels
    ]


def _best(groups: list[dict[str, Any]], searched: list[search.Term]) -> int | None:
    """The key of the first claim, if its question alone fits the search."""
    first: Claim | None = groups[0]["claims"][0] if searched and groups else None
    return first.pk if first and search.in_question(first, searched) else None


def _by_relevance(claims: list[Claim], searched: list[search.Term]) -> list[dict[str, Any]]:
    ordered = sorted(claims, key=lambda claim: not search.in_question(claim, searched))
    return [{"topic": None, "claims": ordered}] if ordered else []


def _by_topic(claims: list[Claim]) -> list[dict[str, Any]]:
    ordered = sorted(claims, key=lambda claim: (claim.topic.position, claim.topic.slug))
    return [{"topic": topic, "claims": list(group)} for topic, group in groupby(ordered, key=lambda one: one.topic)]
