"""The buttons of one row at the desk: publish, schedule, discard, remove, go back."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from certifications.editing import earlier, flows
from certifications.editing.forms import ScheduleForm
from certifications.editing.views import MAY_WRITE, found, page
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError

MAY_REMOVE = permission_required("certifications.delete_certification", raise_exception=True)


@require_POST
@MAY_WRITE
def publish_row(request: HttpRequest, part: str, slug: str) -> HttpResponse:
    """Makes the draft public now."""
    now = found(part, slug)
    try:
        name = flows.publish(part, slug, saw=_saw(request), despite="despite" in request.POST, by=person(request))
    except FlowError as refusal:
        return page(request, found(part, slug), refused=str(refusal), status=409)
    messages.success(request, _("Published: “%(name)s”. Visitors see it now.") % {"name": name})
    return redirect("certifications:edit_row", now.part, now.slug)


@require_POST
@MAY_WRITE
def schedule_row(request: HttpRequest, part: str, slug: str) -> HttpResponse:
    """Gives the draft the time at which it is published."""
    now, form = found(part, slug), ScheduleForm(request.POST)
    if not form.is_valid():
        return page(request, now, schedule=form)
    try:
        flows.schedule(
            part,
            slug,
            at=form.instant,
            saw=_saw(request),
            despite="despite" in request.POST,
            by=person(request),
        )
    except FlowError as refusal:
        form.add_error("at", str(refusal))
        return page(request, found(part, slug), schedule=form, status=409)
    messages.success(request, _("Scheduled. Visitors see it from that time on."))
    return redirect("certifications:edit_row", part, slug)


@require_POST
@MAY_WRITE
def unschedule_row(request: HttpRequest, part: str, slug: str) -> HttpResponse:
    """Takes back the time of a scheduled draft."""
    found(part, slug)
    try:
        flows.unschedule(part, slug, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The date is canceled. The draft stays, and is not published automatically."))
    return redirect("certifications:edit_row", part, slug)


@require_POST
@MAY_WRITE
def discard_row(request: HttpRequest, part: str, slug: str) -> HttpResponse:
    """Deletes the draft."""
    now = found(part, slug)
    try:
        flows.discard(part, slug, saw=_saw(request), by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
        return redirect("certifications:edit_row", part, slug)
    messages.success(request, _("Discarded. What is public stays as it is."))
    if now.row is None:
        return redirect("certifications:content")
    return redirect("certifications:edit_row", part, slug)


@require_POST
@MAY_REMOVE
def remove_row(request: HttpRequest, part: str, slug: str) -> HttpResponse:
    """Takes the row out of the public content."""
    found(part, slug)
    try:
        name = flows.remove(part, slug, saw=_saw(request), by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
        return redirect("certifications:edit_row", part, slug)
    messages.success(request, _("Removed: “%(name)s”. Visitors no longer see it.") % {"name": name})
    return redirect("certifications:content")


@require_POST
@MAY_WRITE
def go_back(request: HttpRequest, part: str, slug: str) -> HttpResponse:
    """Makes what the row said in a revision a draft."""
    found(part, slug, gone=True)
    number = request.POST.get("number", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 18):
        raise Http404
    try:
        earlier.go_back(part, slug, int(number), by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
        return redirect("certifications:earlier_rows", part, slug)
    messages.success(request, _("This is a draft now. Compare it with what is public, then publish it."))
    return redirect("certifications:edit_row", part, slug)


def _saw(request: HttpRequest) -> str:
    return request.POST.get("saw", "")[:64]
