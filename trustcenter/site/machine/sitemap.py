"""/sitemap.xml: the public pages, as search engines want them (sitemaps.org)."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap as rendered
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from certifications import posture
from certifications.history import revising
from documents.models import Document
from trustcenter.site.crawlers import PAGES
from trustcenter.web.public_pages import public_page


class PublicPages(Sitemap):  # type: ignore[type-arg]  # Django’s class takes no argument at run time
    """The addresses of the public pages. All of them change with the content's revision."""

    def items(self) -> list[str]:
        return [
            reverse("site:overview"),
            *(reverse(name) for name in PAGES),
            *(reverse("site:certification", args=[one.slug]) for one in posture.certifications()),
            *(reverse("site:product", args=[one.slug]) for one in posture.products()),
            *(reverse("certifications:update", args=[one.slug]) for one in posture.updates()),
            *(reverse("documents:document", args=[slug]) for slug in _documents()),
        ]

    def location(self, item: str) -> str:
        return item

    def lastmod(self, item: str) -> datetime | None:
        return self._changed_at

    def __init__(self) -> None:
        newest = revising.newest()
        self._changed_at = newest.at if newest else None


def _documents() -> Iterable[str]:
    return Document.objects.values_list("slug", flat=True)


@public_page
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every public page with the day of the newest change."""
    response: HttpResponse = rendered(request, {"pages": PublicPages()}).render()
    return response
