"""Sales invites people to documents, and sees how far they are."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ndaflow.chat import flows as chat
from ndaflow.chat.models import ChatChannel
from ndaflow.desk.invitations import listing
from ndaflow.desk.invitations.forms import InviteForm, MailsForm
from ndaflow.invitations import again, flows, prospects
from ndaflow.invitations.models import Invitation, InvitationState
from ndaflow.invitations.prospects import Event
from trustcenter.accounts import mail_limits
from trustcenter.accounts.models import Company
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.web import throttle
from trustcenter.work import ids, mail

PAGE = 25

may_view = permission_required("ndaflow.view_invitation", raise_exception=True)
may_send = permission_required(flows.SEND, raise_exception=True)


@require_GET
@may_view
def invitations(request: HttpRequest) -> HttpResponse:
    """The invitations of the reader, or of everyone."""
    reader = person(request)
    state, everyone = request.GET.get("show", ""), request.GET.get("whose") == "all" or not reader.has_perm(flows.SEND)
    pages = Paginator(listing.rows(reader, state=state, everyone=everyone), PAGE)
    page, may_manage = pages.get_page(request.GET.get("page")), reader.has_perm(flows.MANAGE)
    context = {
        "page": page,
        "rows": [
            (
                one,
                one.can_be_withdrawn and (may_manage or one.invited_by_id == reader.pk),
                one.can_be_sent_again and one.invited_by_id == reader.pk,
            )
            for one in page
        ],
        "states": InvitationState,
        "chosen": state if state in InvitationState.values else "",
        "everyone": everyone,
        "may_send": reader.has_perm(flows.SEND),
        "rules_decide": listing.rules_decide(),
    }
    return render(request, "desk/invitations.html", context)


@require_http_methods(["GET", "POST"])
@may_send
def invite(request: HttpRequest) -> HttpResponse:
    """The form, then the mail as it will arrive, then the invitation. Nothing is sent before the mail was shown."""
    by = person(request)
    may, others = listing.offered()
    form = InviteForm(
        request.POST if request.method == "POST" else None,
        offered=may,
        initial=_initial(request.GET.get("company", "")),
    )
    context = {"form": form, "others": others, "limits": listing.limits(by), "rules_decide": listing.rules_decide()}
    if request.method != "POST" or "edit" in request.POST or not form.is_valid():
        return render(request, "desk/invite.html", context)
    if "confirm" not in request.POST:
        return render(request, "desk/invite_preview.html", context | _preview(form, request))
    try:
        if not throttle.allow(request, "invite", limit=60, seconds=3600, key=by.pk):
            form.add_error(None, _("Too many e-mails. Try again in an hour."))
            return render(request, "desk/invite.html", context, status=429)
        counted = mail_limits.count_for_staff(request, form.cleaned_data["email"])
        sent = flows.invite(by=by, **form.cleaned_data | {"documents": _chosen(form), "email": counted.email})
    except FlowError as refusal:
        form.add_error(None, str(refusal))
        return render(request, "desk/invite.html", context, status=409)
    messages.success(request, _("Invited: %(email)s.") % {"email": sent.email})
    return redirect("desk:invitations")


@require_POST
@may_send
def withdraw(request: HttpRequest, id: str) -> HttpResponse:
    """Ends an invitation. What it opened stays open."""
    invitation = Invitation.objects.filter(pk=id).first()
    if invitation is None:
        raise Http404
    try:
        flows.withdraw(invitation, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Withdrawn. What is already open to them stays open."))
    return redirect("desk:invitations")


@require_POST
@may_send
def send_again(request: HttpRequest, id: str) -> HttpResponse:
    """Sends an invitation again that nobody has used."""
    by, invitation = person(request), Invitation.objects.filter(pk=id).first()
    if invitation is None:
        raise Http404
    try:
        if not throttle.allow(request, "invite", limit=60, seconds=3600, key=by.pk):
            messages.error(request, _("Too many e-mails. Try again in an hour."))
            return redirect("desk:invitations")
        mail_limits.count_for_staff(request, invitation.email)
        again.send_again(invitation, by=by)
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Sent again: %(email)s. The link is the same.") % {"email": invitation.email})
    return redirect("desk:invitations")


@require_http_methods(["GET", "POST"])
@may_send
def mails(request: HttpRequest) -> HttpResponse:
    """Which mails about their prospects the reader gets."""
    by = person(request)
    form = MailsForm(request.POST if request.method == "POST" else None, initial={"events": prospects.wanted_by(by)})
    if request.method == "POST" and form.is_valid():
        prospects.choose(map(Event, form.cleaned_data["events"]), by=by)
        messages.success(request, _("Saved."))
        return redirect("desk:prospect_mails")
    context = {"form": form, "has_channel": chat.is_told(ChatChannel.About.PROSPECTS)}
    return render(request, "desk/prospect_mails.html", context)


def _initial(company_id: str) -> dict[str, Any]:
    company = Company.objects.current().filter(pk=ids.typed(company_id)).first() if company_id else None
    return {"company_name": company.legal_name} if company else {}


def _chosen(form: InviteForm) -> list[Any]:
    return list(form.cleaned_data["documents"])


def _preview(form: InviteForm, request: HttpRequest) -> dict[str, Any]:
    """The mail as it will arrive. Its link leads nowhere until it is sent."""
    typed, documents = form.cleaned_data, _chosen(form)
    invitation = Invitation(
        email=typed["email"], days=typed["days"], note=typed["note"], ends_at=flows.end_of_an_invitation()
    )
    context = {"invitation": invitation, "documents": documents, "colleague": person(request)}
    subject, body = mail.words("invitation", context)
    return {"subject": subject, "body": body, "invitation": invitation, "documents": documents}
