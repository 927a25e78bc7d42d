"""The posts as readers get them: everyone, and the readers of a level."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from certifications import evidence, linked, posture
from certifications.models import Update
from certifications.subscribing.forms import SubscribeForm
from certifications.subscribing.views import initial
from certifications.updates import readers, reading
from trustcenter.web.public_pages import public_page, public_page_with

PER_PAGE = 20


@public_page_with("category", "product", "page")
def updates(request: HttpRequest) -> HttpResponse:
    """The posts, newest first; `?category=` leaves one kind, `?product=` what is about a product.

    The incidents that go on stand above them, whatever is chosen.
    """
    found, products = reading.for_reader(request.user), list(posture.products())
    everything = reading.counts(found)
    asked, chosen = request.GET.get("product", ""), request.GET.get("category", "")
    product = next((one for one in products if one.slug == asked), None)
    about = reading.about(found, product) if product else found
    counts = reading.counts(about) if product else everything
    if chosen not in Update.Category.values:
        chosen = ""
    page = Paginator(about.filter(category=chosen) if chosen else about, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "profile": posture.profile(),
        "page": page,
        "open": reading.open_incidents(found) if everything.get(Update.Category.INCIDENT) else [],
        "products": products,
        "product": product,
        "unknown": _("There is no product “%(slug)s” here. This filter is ignored.") % {"slug": asked}
        if asked and product is None
        else "",
        "chosen": chosen,
        "filters": [
            (value, label, counts[value])
            for value, label in Update.Category.choices
            if counts[value] or value == chosen
        ],
        "left": sum(counts.values()),
        "total": sum(everything.values()),
        "levels": readers.levels() if any(one.level for one in page) else {},
        "follow": SubscribeForm(initial=initial(request)),
    }
    return render(request, "public/updates.html", context)


@public_page
def update(request: HttpRequest, slug: str) -> HttpResponse:
    """One post. For somebody who does not read at its level it is not there."""
    found = get_object_or_404(reading.for_reader(request.user), slug=slug)
    profile = posture.profile()
    context = {"profile": profile, "data_block": linked.of_post(request, profile, found)}
    return render(request, "public/update.html", context | shown(found))


def shown(update: Update) -> dict[str, Any]:
    """What the page of a post shows, for readers and as a preview."""
    titles = dict(evidence.choices())
    return {
        "update": update,
        "products": list(posture.products()),
        "certifications": update.certifications.select_related("framework"),
        "documents": [(slug, titles[slug]) for slug in update.documents if slug in titles],
        "level": readers.levels().get(update.level, "") if update.level else "",
    }
