"""The access of one person at the desk: what they hold, extending it, ending it, and the copies that left."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from documents.models import AccessGrant
from ndaflow.desk.access.forms import DestroyForm, ExtendForm, RevokeForm
from ndaflow.requests import flows
from ndaflow.requests.copies import asking
from ndaflow.requests.copies import flows as copies
from ndaflow.requests.copies.models import DestructionRequest
from ndaflow.requests.flows import extending
from ndaflow.requests.models import RequestedDocument
from trustcenter.accounts.models import User
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError

may_view = permission_required("documents.view_accessgrant", raise_exception=True)
may_decide = permission_required(flows.DECIDE, raise_exception=True)


@require_GET
@may_view
def grant(request: HttpRequest, id: str) -> HttpResponse:
    """The access of one person to one document."""
    return _grant_page(request, _find(id))


@require_POST
@may_decide
def extend(request: HttpRequest, id: str) -> HttpResponse:
    """Moves the end of access to a later day."""
    found = _find(id)
    form = ExtendForm(request.POST, grant=found)
    if not form.is_valid():
        return _grant_page(request, found, extend=form)
    data = form.cleaned_data
    try:
        new = flows.extend(found, until=data["until"], reason=data["reason"], by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
        return _grant_page(request, found, extend=form)
    messages.success(request, _("Extended. The reader has been told the new end date."))
    return redirect("desk:grant", new.pk)


@require_POST
@may_decide
def revoke_grant(request: HttpRequest, id: str) -> HttpResponse:
    """Ends access to one document, with a reason that the reader reads."""
    found = _find(id)
    form = RevokeForm(request.POST, copies=len(asking.unasked(found.holder, [found.document_id])))
    return _ended(
        request,
        form,
        lambda **typed: flows.revoke_grant(found, by=person(request), **typed),
        lambda form: _grant_page(request, found, revoke=form),
        redirect("desk:grant", found.pk),
    )


@require_GET
@may_view
def person_access(request: HttpRequest, id: str) -> HttpResponse:
    """Everything that one person holds, and the copies that left to them."""
    return _person_page(request, _holder(id))


@require_POST
@may_decide
def revoke_person(request: HttpRequest, id: str) -> HttpResponse:
    """Ends all access of a person, with a reason that they read."""
    holder = _holder(id)
    form = RevokeForm(request.POST, copies=len(asking.unasked(holder)))
    return _ended(
        request,
        form,
        lambda **typed: flows.revoke_person(holder, by=person(request), **typed),
        lambda form: _person_page(request, holder, revoke=form),
        redirect("desk:person_access", holder.pk),
    )


@require_POST
@may_decide
def ask_to_destroy(request: HttpRequest, id: str) -> HttpResponse:
    """Asks a person to destroy the copies that left to them."""
    holder, form = _holder(id), DestroyForm(request.POST)
    if form.is_valid():
        try:
            copies.ask_to_destroy(holder, by=person(request), reason=form.cleaned_data["reason"])
        except FlowError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("We asked them. The answer will be on this page and in the audit log."))
            return redirect("desk:person_access", holder.pk)
    return _person_page(request, holder, destroy=form)


def _ended(
    request: HttpRequest,
    form: RevokeForm,
    flow: Callable[..., object],
    again: Callable[[RevokeForm], HttpResponse],
    done: HttpResponse,
) -> HttpResponse:
    if form.is_valid():
        data = form.cleaned_data
        try:
            flow(reason=data["reason"], destroy=bool(data.get("destroy")))
        except FlowError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Revoked. Nothing can be opened from now on, and they have been told why."))
            return done
    return again(form)


def _find(id: str) -> AccessGrant:
    grants = AccessGrant.objects.select_related("holder__company", "document__level")
    found = grants.filter(pk=id).first()
    if found is None:
        raise Http404
    return found


def _holder(id: str) -> User:
    """A person with a request or with access; everybody else answers like one who does not exist."""
    found = User.objects.select_related("company").filter(pk=id).first()
    if found is None or not (found.access_requests.exists() or found.grants.exists()):
        raise Http404
    return found


def _grant_page(
    request: HttpRequest, grant: AccessGrant, *, extend: ExtendForm | None = None, revoke: RevokeForm | None = None
) -> HttpResponse:
    now, reader = timezone.now(), person(request)
    items = RequestedDocument.objects.select_related("document__level", "grant__holder", "request")
    item = items.filter(grant=grant).first()
    left = asking.left(grant.holder, [grant.document_id])
    may_act = reader.has_perm(flows.DECIDE) and item is not None and grant.ended_at is None
    obstacle = extending.obstacle(item, now) if item is not None else None
    context = {
        "grant": grant,
        "request_of": item.request if item else None,
        "is_open": grant.is_open_at(now),
        "may_revoke": may_act,
        "may_extend": may_act and obstacle is None and grant.holder_id != reader.pk,
        "obstacle": obstacle if may_act else None,
        "extend": extend or ExtendForm(grant=grant),
        "revoke": revoke or RevokeForm(copies=len(asking.unasked(grant.holder, [grant.document_id]))),
        "copies": left,
    }
    return render(request, "desk/grant.html", context)


def _person_page(
    request: HttpRequest, holder: User, *, revoke: RevokeForm | None = None, destroy: DestroyForm | None = None
) -> HttpResponse:
    now, reader = timezone.now(), person(request)
    grants = AccessGrant.objects.filter(holder=holder).exclude(end=AccessGrant.End.REPLACED)
    grants = grants.select_related("document__level").order_by("ended_at", "document__position")
    left, unasked = asking.left(holder), len(asking.unasked(holder))
    held = list(grants)
    context = {
        "holder": holder,
        "grants": held,
        "may_decide": reader.has_perm(flows.DECIDE),
        "is_any_open": any(one.is_open_at(now) for one in held)
        or holder.access_requests.filter(status="open").exists(),
        "revoke": revoke or RevokeForm(copies=unasked),
        "destroy": destroy or DestroyForm(),
        "copies": left,
        "unasked": unasked,
        "asked": DestructionRequest.objects.filter(holder=holder).select_related("asked_by"),
    }
    return render(request, "desk/person_access.html", context)
