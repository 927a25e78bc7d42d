"""The page of an invited person. Its address opens nothing: to begin, one proves the mailbox that was invited."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from documents.models import Document
from ndaflow.agreements.needed import needed
from ndaflow.invitations.forms import BeginForm
from ndaflow.invitations.models import Invitation, InvitationState
from ndaflow.requests import drafts, flows
from ndaflow.requests.models import AccessRequest
from trustcenter.accounts import codes, known_browsers, mail_limits
from trustcenter.accounts.models import User
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.web import throttle


@login_not_required
@require_http_methods(["GET", "POST"])
def invited(request: HttpRequest, id: str) -> HttpResponse:
    """Who invites to which documents, and the button that begins. It names neither the person nor their company."""
    rows = Invitation.objects.select_related("invited_by").prefetch_related("documents__level", "documents__versions")
    invitation = rows.filter(pk=id).first()
    if invitation is None:
        raise Http404
    reader = person(request) if request.user.is_authenticated else None
    if reader is not None and reader.email == invitation.email and invitation.state == InvitationState.USED:
        return redirect("requests:my")
    if not invitation.can_be_used_at(timezone.now()):
        return _page(request, invitation, None, status=410)
    if reader is not None and reader.email != invitation.email:
        return _page(request, invitation, None, status=403)
    form = BeginForm(
        request.POST if request.method == "POST" else None, invitation=invitation, known=reader.name if reader else ""
    )
    if request.method == "GET" or not form.is_valid():
        return _page(request, invitation, form)
    return _begin(request, invitation, form, reader)


def _begin(request: HttpRequest, invitation: Invitation, form: BeginForm, reader: User | None) -> HttpResponse:
    """Writes the request that the invitation stands for, and sends the code that opens it."""
    allowed = throttle.allow(request, "ask-network", limit=40, seconds=3600) and throttle.allow(
        request, "ask", limit=8, seconds=3600, key=known_browsers.allowance(request, invitation.email)
    )
    if not allowed:
        form.add_error(None, _("Too many requests. Try again in an hour."))
        return _page(request, invitation, form, status=429)
    try:
        mail = None if reader else mail_limits.count(request, invitation.email)
    except mail_limits.TooMany as refusal:
        form.add_error(None, str(refusal))
        return _page(request, invitation, form, status=429)
    try:
        draft = _draft(request, invitation, form.name_to_use)
        if reader is not None:
            opened = flows.open_draft(draft, by=reader, session_hash=drafts.session_hash(request))
            return redirect("requests:request", opened.pk)
    except FlowError as refusal:
        if reader is not None:
            messages.info(request, str(refusal))
            return redirect("requests:my")
        form.add_error(None, str(refusal))
        return _page(request, invitation, form, status=409)
    assert mail is not None
    # Who has the link may be a stranger. What the invitation says about the person is not shown before the code.
    drafts.remember(request, draft, typed=False)
    here = reverse("invitations:invited", args=[invitation.pk])
    return codes.send_code(request, mail, name=form.name_to_use, invited_at=here)


def _draft(request: HttpRequest, invitation: Invitation, name: str) -> AccessRequest:
    colleague = invitation.invited_by
    return flows.draft(
        _open_to_requests(invitation),
        email=invitation.email,
        name=name,
        company_name=invitation.company_name,
        reason=_("Invited by %(name)s.") % {"name": colleague.name or colleague.email},
        days_wanted=invitation.days,
        session_hash=drafts.session_hash(request),
    )


def _open_to_requests(invitation: Invitation) -> list[Document]:
    """What of the invitation can be requested today: a document may have moved to another level meanwhile."""
    return [document for document in invitation.documents.all() if document.can_be_requested]


def _page(request: HttpRequest, invitation: Invitation, form: BeginForm | None, status: int = 200) -> HttpResponse:
    documents = list(invitation.documents.all())
    slugs = dict.fromkeys(slug for document in documents for slug in document.required_agreements)
    context = {
        "invitation": invitation,
        "documents": documents,
        "colleague": invitation.invited_by,
        "form": form,
        "ended": status == 410,
        "ask_url": reverse("requests:ask", query={"document": [document.slug for document in documents]}),
        "agreements": list(needed(None, list(slugs), timezone.now()).values()) if form else [],
    }
    return render(request, "invitations/invited.html", context, status=status)
