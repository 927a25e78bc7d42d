"""The address of a share link. A scanner may follow it as often as it likes: nothing is written and nothing is counted."""

from urllib.parse import parse_qs, urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

CODE = "from"
LONGEST = 16


@login_not_required
@require_safe
def shared(request: HttpRequest, code: str, document: str = "") -> HttpResponse:
    """Leads to the public page, whatever the code is: an unknown one tells nobody that it is unknown."""
    target = reverse("documents:document", args=[document]) if document else reverse("site:overview")
    response = redirect(f"{target}?{CODE}={code}")
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, no-store"
    return response


def code_of(request: HttpRequest) -> str:
    """The code of the share link from which a visitor comes to a form: in its address, or in that of the page before.

    A browser names the page before only to the same site, so the code is lost after a second public page. Nothing can
    carry it further without harm: a cookie that nobody asked for needs consent (Directive 2002/58/EC, Article 5(3)), and
    links that carry it would make every public page another one for each code, which the cache has to keep.
    """
    before = urlsplit(request.META.get("HTTP_REFERER", ""))
    found = request.GET.get(CODE) or next(iter(parse_qs(before.query).get(CODE, [])), "")
    if before.netloc not in {"", request.get_host()} and CODE not in request.GET:
        return ""
    return found if len(found) <= LONGEST and found.isascii() and found.isalnum() else ""
