"""The documents as somebody else sees them: a visitor, a person of a company, or somebody who is invited. Nothing opens:
the page reads what is open to them and has no button that does anything."""

from dataclasses import dataclass

from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from documents.models import Document
from documents.standing import Standing, standings
from ndaflow.invitations.models import Invitation
from trustcenter.accounts.models import User
from trustcenter.web.typed import named

may_preview = permission_required(["ndaflow.view_invitation", "accounts.view_company"], raise_exception=True)


@dataclass(frozen=True)
class Eyes:
    """Through whose eyes: what they are called, whose account it is, and the invitation that they have."""

    who: str
    reader: User | AnonymousUser
    invitation: Invitation | None = None


@require_GET
@may_preview
def as_visitor(request: HttpRequest) -> HttpResponse:
    """What everybody sees without signing in."""
    return _page(request, Eyes(_("a visitor"), AnonymousUser()))


@require_GET
@may_preview
def as_person(request: HttpRequest, id: str) -> HttpResponse:
    """What a prospect sees who is signed in. Nobody looks through the eyes of a colleague."""
    found = User.objects.select_related("company").filter(pk=id, is_staff=False, is_active=True).first()
    if found is None:
        raise Http404
    return _page(request, Eyes(str(found), found))


@require_GET
@may_preview
def as_invited(request: HttpRequest, id: str) -> HttpResponse:
    """What an invited person sees, before and after they have an account."""
    invitation = Invitation.objects.prefetch_related("documents").filter(pk=id).first()
    if invitation is None:
        raise Http404
    known = User.objects.filter(email=invitation.email, is_staff=False, is_active=True).first()
    who = named(invitation.name, invitation.email)
    return _page(request, Eyes(who, known or AnonymousUser(), invitation))


def _page(request: HttpRequest, eyes: Eyes) -> HttpResponse:
    now = timezone.now()
    documents = list(Document.objects.select_related("level").prefetch_related("versions"))
    found = standings(eyes.reader, documents, now)
    if eyes.invitation is not None and eyes.invitation.can_be_used_at(now):
        invited = {document.pk: Standing("wait", _("Invited")) for document in eyes.invitation.documents.all()}
        found = invited | found
    context = {"eyes": eyes, "documents": documents, "standings": found}
    return render(request, "desk/preview.html", context)
