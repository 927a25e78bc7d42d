"""The steps of an incident at the desk: its timeline, and the clocks of the duties to tell somebody about it."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from certifications.models import DutyClock, IncidentEntry
from certifications.updates import desk_page, duties, flows
from certifications.updates.forms import ClockForm, EntryForm, MeetForm
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError

MAY_WRITE = permission_required("certifications.change_update", raise_exception=True)
MAY_START = permission_required("certifications.add_dutyclock", raise_exception=True)
MAY_MEET = permission_required("certifications.change_dutyclock", raise_exception=True)


@require_POST
@MAY_WRITE
def add_entry(request: HttpRequest, slug: str) -> HttpResponse:
    """Writes the next entry of an incident's timeline."""
    found, form = desk_page.find(slug), EntryForm(request.POST, auto_id="entry_%s")
    if form.is_valid():
        typed = form.cleaned_data
        status = IncidentEntry.Status(typed["status"])
        try:
            flows.add_entry(
                found, status=status, at=typed["at"], text=typed["text"], by=person(request), tell=typed["tell"]
            )
        except FlowError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Added to the timeline."))
            return redirect("certifications:edit_update", slug)
    return desk_page.show(request, found, entry=form)


@require_POST
@MAY_START
def start_clock(request: HttpRequest, slug: str) -> HttpResponse:
    """Starts the clock of a duty."""
    found, form = desk_page.find(slug), ClockForm(request.POST, auto_id="clock_%s")
    if form.is_valid():
        typed = form.cleaned_data
        duty = DutyClock.Duty(typed["duty"])
        contract = {"contract": typed["contract"], "hours": typed["hours"]}
        try:
            duties.start(found, duty, at=typed["at"], by=person(request), **contract)
        except FlowError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The clock is running."))
            return redirect("certifications:edit_update", slug)
    return desk_page.show(request, found, clock=form)


@require_POST
@MAY_MEET
def meet_duty(request: HttpRequest, slug: str, clock_id: str) -> HttpResponse:
    """Says when those were told whom a duty names."""
    clock = get_object_or_404(DutyClock.objects.select_related("update"), pk=clock_id, update__slug=slug)
    form = MeetForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Enter the time at which they were told, in UTC."))
        return redirect("certifications:edit_update", slug)
    try:
        duties.meet(clock, at=form.cleaned_data["at"], by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Saved."))
    return redirect("certifications:edit_update", slug)
