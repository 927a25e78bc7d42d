"""/search/: one search for everything public."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from certifications import kept
from certifications.filtering import Filter, filtered
from certifications.models import SearchEntry
from certifications.search.finding import find
from certifications.search.matches import Match
from certifications.search.sources import SOURCES, Source
from trustcenter.web.public_pages import public_page_with

PER_PAGE = 20


@dataclass(frozen=True)
class Hit:
    """One result as it is shown. `status` is a tone and a word, or nothing."""

    source: Source
    entry: SearchEntry
    products: list[str]
    status: tuple[str, Any] | None

    @property
    def detail(self) -> str:
        return self.source.detail(self.entry.detail) if self.entry.detail else ""

    @property
    def href(self) -> str:
        return self.source.href(self.entry.slug)


@public_page_with("q", "kind", "product", "page")
def search(request: HttpRequest) -> HttpResponse:
    """What fits the words in `q`, with filters by kind and product."""
    facts = kept.facts(request)
    found = find(request.GET.get("q", ""), facts)
    products = {one.slug: one.name for one in facts.products}
    result = filtered(found.matches, _filters(products), request.GET)
    page = Paginator(result.rows, PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "profile": facts.profile,
        # A static copy of this page lies elsewhere.
        "here": settings.SITE_URL + request.path,
        "found": found,
        "words": found.query.typed,
        "filters": result.filters,
        "unknown": result.unknown,
        "count": len(result.rows),
        "page": page,
        "hits": _hits(page.object_list, products),
    }
    return render(request, "public/search.html", context)


def _filters(products: dict[str, str]) -> list[Filter[Match]]:
    return [
        Filter(
            "kind",
            _("Kind"),
            {kind: str(source.nouns) for kind, source in SOURCES.items()},
            lambda match: (match.kind,),
            _("There is no kind “%(slug)s” here. This filter is ignored."),
        ),
        Filter(
            "product",
            _("Product"),
            products,
            # As with the rows themselves: no product means every product.
            lambda match: match.products or None,
            _("There is no product “%(slug)s” here. This filter is ignored."),
        ),
    ]


def _hits(matches: Iterable[Match], products: dict[str, str]) -> list[Hit]:
    pks = [match.pk for match in matches]
    entries = SearchEntry.objects.in_bulk(pks)
    return [_hit(entries[pk], products) for pk in pks if pk in entries]


def _hit(entry: SearchEntry, products: dict[str, str]) -> Hit:
    source = SOURCES[entry.kind]
    return Hit(
        source,
        entry,
        [products[slug] for slug in entry.products if slug in products],
        source.status(entry.status) if entry.status else None,
    )
