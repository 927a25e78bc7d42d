"""Through whose eyes a colleague looks: those of a visitor, of a prospect, or of somebody who is invited."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from ndaflow.invitations.models import Invitation
from trustcenter.accounts.models import User
from trustcenter.web.typed import named


@dataclass(frozen=True)
class Eyes:
    """What they are called, whose account it is, the invitation that they have, and where the preview begins."""

    who: str
    reader: User | AnonymousUser
    home: str
    site: str
    invitation: Invitation | None = None


def of_visitor() -> Eyes:
    """What everybody sees without signing in."""
    return Eyes(_("a visitor"), AnonymousUser(), reverse("desk:preview"), reverse("desk:preview_site", args=[""]))


def of_person(id: str) -> Eyes:
    """What a prospect sees who is signed in. Raises Http404 for a colleague: nobody looks through the eyes of one."""
    found = User.objects.select_related("company").filter(pk=id, is_staff=False, is_active=True).first()
    if found is None:
        raise Http404
    home, site = reverse("desk:preview_person", args=[id]), reverse("desk:preview_person_site", args=[id, ""])
    return Eyes(str(found), found, home, site)


def of_invited(id: str) -> Eyes:
    """What an invited person sees, before and after they have an account. Raises Http404."""
    invitation = Invitation.objects.prefetch_related("documents").filter(pk=id).first()
    if invitation is None:
        raise Http404
    known = User.objects.filter(email=invitation.email, is_staff=False, is_active=True).first()
    home, site = reverse("desk:preview_invited", args=[id]), reverse("desk:preview_invited_site", args=[id, ""])
    return Eyes(named(invitation.name, invitation.email), known or AnonymousUser(), home, site, invitation)
