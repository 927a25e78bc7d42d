"""The operator's brand as everyone gets it, and the way to its form."""

import re

from django.contrib.auth.decorators import login_not_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from certifications import posture
from certifications.models import BrandImage

COLOUR = re.compile(r"[0-9a-f]{6}")
NAME = re.compile(r"(?:logo|icon)-[0-9a-f]{12}\.(?:svg|png)")
EVER = "public, max-age=31536000, immutable"


@require_safe
@permission_required("certifications.change_profile", raise_exception=True)
def brand(request: HttpRequest) -> HttpResponse:
    """Leads to the form of the company, where its brand is."""
    if posture.profile() is None:
        return redirect("certifications:content")
    return redirect("certifications:edit_row", "company", "company")


@login_not_required
@require_safe
def colour(request: HttpRequest, digits: str) -> HttpResponse:
    """The one rule by which pages take the operator's colour; its address has the colour."""
    if not COLOUR.fullmatch(digits):
        raise Http404
    response = HttpResponse(f":root {{ --brand: #{digits}; }}\n", content_type="text/css; charset=utf-8")
    response["Cache-Control"] = EVER
    return response


@login_not_required
@require_safe
def image(request: HttpRequest, name: str) -> HttpResponse:
    """A picture of the brand. Its address changes with its bytes. One that is not public is for editors only."""
    found = BrandImage.objects.filter(pk=name).first() if NAME.fullmatch(name) else None
    profile = posture.profile()
    is_public = profile is not None and name in {profile.logo, profile.icon}
    if found is None or not (is_public or request.user.has_perm("certifications.view_certification")):
        raise Http404
    response = HttpResponse(bytes(found.data), content_type=found.content_type)
    response["Cache-Control"] = EVER if is_public else "private, no-store"
    return response
