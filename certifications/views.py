"""The public page that needs nothing but the public facts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from certifications import posture
from trustcenter.web.public_pages import public_page


@public_page
def subprocessors(request: HttpRequest) -> HttpResponse:
    """The third parties that process customers' data."""
    context = {"profile": posture.profile(), "subprocessors": posture.subprocessors()}
    return render(request, "public/subprocessors.html", context)
