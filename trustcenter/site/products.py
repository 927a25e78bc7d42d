"""The pages of the products: each by itself, and two of them side by side."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from certifications import about, linked, posture
from certifications.models import Product
from documents.models import Document
from documents.standing import standings
from trustcenter.web.public_pages import public_page, public_page_with


@public_page_with("a", "b")
def products(request: HttpRequest) -> HttpResponse:
    """All products by topics, and the two that `a` and `b` name side by side."""
    found = list(posture.products())
    chosen = [request.GET.get(side, "") for side in ("a", "b")]
    pair, sentence = _pair({one.slug: one for one in found}, *chosen)
    context: dict[str, Any] = {
        "profile": posture.profile(),
        "products": found,
        "chosen": chosen,
        "sentence": sentence,
        "shown": pair or found,
        "comparison": posture.comparison(pair or found),
    }
    if pair:
        both = about.of(pair)
        context |= {"pair": both, "topics": about.side_by_side(both)}
    return render(request, "public/products.html", context)


def _pair(products: dict[str, Product], a: str, b: str) -> tuple[list[Product], str]:
    """The two products to compare, or none and why not."""
    for slug in (a, b):
        if slug and slug not in products:
            return [], _("There is no product “%(slug)s” here. Choose two from the list.") % {"slug": slug}
    if a and b and a != b:
        return [products[a], products[b]], ""
    if a or b:
        return [], _("Choose two different products.")
    return [], ""


@public_page
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """One product: its data, the ways to buy it, who does what, and everything public that is about it."""
    found = get_object_or_404(posture.products(), slug=slug)
    (facts,) = about.of([found])
    documents = [
        document
        for document in Document.objects.select_related("level").prefetch_related("versions")
        if document.slug in facts.evidence
    ]
    profile = posture.profile()
    context = {
        "profile": profile,
        "data_block": linked.of_product(request, profile, found, facts.certifications),
        "about": facts,
        "aspects": posture.comparison([found]),
        "others": Product.objects.exclude(pk=found.pk).count(),
        "in_place": sum(one.tone == "good" for one in facts.certifications),
        "documents": documents,
        "evidence": {document.slug: document for document in documents},
        "standings": standings(request.user, documents, timezone.now()),
        "to_request": "&".join(f"document={one.slug}" for one in documents if one.can_be_requested),
    }
    return render(request, "public/product.html", context)
