"""The public pages that draw on more than one package, and the page for an error of ours."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views import defaults

from certifications import posture
from documents.content import public_facts
from documents.models import Document
from ndaflow.requests import measures
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record
from trustcenter.web import throttle
from trustcenter.web.public_pages import public_page


@public_page
def overview(request: HttpRequest) -> HttpResponse:
    """Where the company stands, on one page."""
    profile, claims = posture.profile(), posture.claims()
    context = {
        "profile": profile,
        "certifications": posture.certifications(),
        "products": posture.products(),
        "claims": posture.most_asked(claims),
        "documents": Document.objects.prefetch_related("versions"),
        "facts": {
            "as_of": profile.as_of if profile else None,
            "statements": len(claims),
            "expired": sum(claim.is_expired for claim in claims),
            "usual_hours": measures.usual_hours(),
        },
    }
    return render(request, "public/overview.html", context)


@public_page
def certification(request: HttpRequest, slug: str) -> HttpResponse:
    """One certification: its framework, its standing, what proves it, what people ask about it."""
    found = get_object_or_404(posture.certifications(), slug=slug)
    context = {
        "profile": posture.profile(),
        "certification": found,
        "documents": Document.objects.filter(slug__in=found.evidence).prefetch_related("versions"),
        "claims": [claim for claim in posture.claims() if claim.certification_id == found.pk],
    }
    return render(request, "public/certification.html", context)


@public_page
def posture_json(request: HttpRequest) -> JsonResponse:
    """The facts of the public pages as data; gated documents by title only."""
    shelf = [public_facts(document) for document in Document.objects.all()]
    return JsonResponse(
        posture.as_data() | {"documents": shelf}, json_dumps_params={"ensure_ascii": False, "indent": 1}
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Somebody has no right to this page; the log says who and which. Django's own answer otherwise."""
    user = request.user
    # Not without end: the log is for keeps, and a person could ask for the same page all day.
    if isinstance(user, User) and throttle.allow(request, "refused", limit=20, seconds=3600, key=user.pk):
        with transaction.atomic():
            record(Action.PAGE_REFUSED, actor=user, subject=user, path=request.path[:200])
    return defaults.permission_denied(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke: the number to quote, and nothing that could break again (no database, no session)."""
    return HttpResponseServerError(render_to_string("500.html", {"reference": getattr(request, "error_reference", "")}))
