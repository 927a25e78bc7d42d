"""What programs read about this site, besides /posture.json: its schema and signature, security.txt, llms.txt."""

from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from certifications import posture
from certifications.history import revising
from certifications.history import views as history
from trustcenter.site.machine.schema import schema
from trustcenter.web.public_pages import edition, public_page

PLAIN = "text/plain; charset=utf-8"
# So much less than a year as a copy may be old (RFC 9116, 2.5.5).
A_YEAR = timedelta(days=364)


@public_page
def posture_schema(request: HttpRequest) -> JsonResponse:
    """The JSON Schema of /posture.json."""
    address = settings.SITE_URL + reverse("site:posture_schema")
    response = JsonResponse(schema(address), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Type"] = "application/schema+json"
    return response


@public_page
def posture_signature(request: HttpRequest) -> HttpResponse:
    """What proves /posture.json: the receipt of its revision under a signed checkpoint."""
    newest = revising.newest()
    if newest is None:
        raise Http404
    return history.receipt_of(newest)


@public_page
def security_txt(request: HttpRequest) -> HttpResponse:
    """How to report a vulnerability (RFC 9116). It counts until the day by which the profile is reviewed, a year at most."""
    profile = posture.profile()
    if profile is None:
        raise Http404
    context = {
        "profile": profile,
        "expires": datetime.combine(min(profile.review_due, edition()[1] + A_YEAR), time.min, UTC),
        "base": settings.SITE_URL,
        "languages": ", ".join(code for code, _name in settings.LANGUAGES),
    }
    return render(request, "machine/security.txt", context, content_type=PLAIN)


@public_page
def llms_txt(request: HttpRequest) -> HttpResponse:
    """What is where, for programs that answer questions about this site (llmstxt.org)."""
    context = {
        "profile": posture.profile(),
        "certifications": posture.certifications(),
        "products": posture.products(),
        "base": settings.SITE_URL,
    }
    return render(request, "machine/llms.txt", context, content_type=PLAIN)
