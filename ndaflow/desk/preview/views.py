"""The site as somebody else sees it. Nothing opens: these pages are read, and have no button that does anything."""

from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_GET

from documents.models import Document
from documents.standing import Standing, standings
from ndaflow.desk.preview import eyes, site
from ndaflow.desk.preview.eyes import Eyes

may_preview = permission_required(["ndaflow.view_invitation", "accounts.view_company"], raise_exception=True)
# The pages have the forms that prospects have, and a browser sends none of them.
without_forms = csp_override(cast("dict[str, list[str]]", settings.SECURE_CSP) | {"form-action": [CSP.NONE]})


@require_GET
@may_preview
def as_visitor(request: HttpRequest) -> HttpResponse:
    """The documents as everybody sees them without signing in."""
    return _documents(request, eyes.of_visitor())


@require_GET
@may_preview
def as_person(request: HttpRequest, id: str) -> HttpResponse:
    """The documents as a prospect sees them who is signed in."""
    return _documents(request, eyes.of_person(id))


@require_GET
@may_preview
def as_invited(request: HttpRequest, id: str) -> HttpResponse:
    """The documents as an invited person sees them."""
    return _documents(request, eyes.of_invited(id))


@require_GET
@may_preview
@without_forms
def site_as_visitor(request: HttpRequest, page: str) -> HttpResponse:
    """A public page as everybody sees it."""
    return site.show(request, eyes.of_visitor(), page)


@require_GET
@may_preview
@without_forms
def site_as_person(request: HttpRequest, id: str, page: str) -> HttpResponse:
    """A public page as a prospect sees it who is signed in."""
    return site.show(request, eyes.of_person(id), page)


@require_GET
@may_preview
@without_forms
def site_as_invited(request: HttpRequest, id: str, page: str) -> HttpResponse:
    """A public page as an invited person sees it."""
    return site.show(request, eyes.of_invited(id), page)


def _documents(request: HttpRequest, seen_by: Eyes) -> HttpResponse:
    now = timezone.now()
    documents = list(Document.objects.select_related("level").prefetch_related("versions"))
    found = standings(seen_by.reader, documents, now)
    if seen_by.invitation is not None and seen_by.invitation.can_be_used_at(now):
        invited = {document.pk: Standing("wait", _("Invited")) for document in seen_by.invitation.documents.all()}
        found = invited | found
    context = {"eyes": seen_by, "documents": documents, "standings": found}
    return render(request, "desk/preview.html", context)
