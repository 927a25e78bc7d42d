"""The desk's pages of posts: list, write, preview, publish; for incidents also timeline and duties."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certifications import posture
from certifications.models import (
    Announcement,
    DutyClock,
    IncidentEntry,
    SentAnnouncement,
    Subscription,
    Update,
    UpdateSchedule,
)
from certifications.updates import duties, earlier, flows, readers, scheduling
from certifications.updates.forms import ClockForm, EntryForm, MeetForm, ScheduleForm, UpdateForm
from certifications.updates.views import shown
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError

PER_PAGE = 50
MAY_READ = permission_required("certifications.view_update", raise_exception=True)
MAY_ADD = permission_required("certifications.add_update", raise_exception=True)
MAY_WRITE = permission_required("certifications.change_update", raise_exception=True)
MAY_REMOVE = permission_required("certifications.delete_update", raise_exception=True)
MAY_START = permission_required("certifications.add_dutyclock", raise_exception=True)
MAY_MEET = permission_required("certifications.change_dutyclock", raise_exception=True)


@require_safe
@MAY_READ
def updates(request: HttpRequest) -> HttpResponse:
    """Every post, drafts first."""
    found = Update.objects.select_related("schedule").prefetch_related("timeline", "clocks")
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "levels": readers.levels(),
        "now": timezone.now(),
    }
    return render(request, "desk/updates.html", context)


@require_http_methods(["GET", "POST"])
@MAY_ADD
def new_update(request: HttpRequest) -> HttpResponse:
    """Writes a post, which stays a draft until somebody publishes it."""
    form = UpdateForm(request.POST or None, instance=Update())
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        saved = _saved(request, form)
        if saved is not None:
            messages.success(request, _("Saved as a draft. Only staff see it."))
            return redirect("certifications:edit_update", saved.slug)
    return render(request, "desk/update_new.html", {"form": form} | _preview(form))


@require_http_methods(["GET", "POST"])
@MAY_READ
def edit_update(request: HttpRequest, slug: str) -> HttpResponse:
    """One post with its form, how readers see it, its timeline and the clocks of its duties."""
    if request.method == "POST":
        return _edited(request, slug)
    if "earlier" in request.GET:
        return _went_back(request, slug)
    return _page(request, _found(slug))


@MAY_WRITE
def _went_back(request: HttpRequest, slug: str) -> HttpResponse:
    """The page with an earlier text in its form. Nothing is saved yet."""
    number = request.GET["earlier"]
    if not (number.isascii() and number.isdecimal() and len(number) < 18):
        raise Http404
    form = earlier.form_of(_found(slug), int(number))
    if form is None:
        raise Http404
    return _page(request, _found(slug), form=form)


@require_safe
@MAY_READ
def earlier_update(request: HttpRequest, slug: str) -> HttpResponse:
    """What the post said before, revision by revision."""
    found = _found(slug)
    context = {"update": found, "versions": earlier.revisions(found)}
    return render(request, "desk/update_earlier.html", context)


@MAY_WRITE
def _edited(request: HttpRequest, slug: str) -> HttpResponse:
    found = _found(slug)
    form = UpdateForm(request.POST, instance=found)
    # Readers get the change of a published post at once, so whoever saves it has seen what it changes.
    if form.is_valid() and "preview" not in request.POST and _has_looked(request, found, form):
        saved = _saved(request, form)
        if saved is not None:
            now_public = _("Saved. Its readers see it now.") if saved.is_published else _("Saved.")
            messages.success(request, now_public)
            return redirect("certifications:edit_update", saved.slug)
    fresh = _found(slug)
    if form.non_field_errors():
        # What was typed stays, and the page shows beside it what is saved now.
        form.data = request.POST.copy()
        form.data["saw"] = flows.seen(fresh)
    return _page(request, fresh, form=form)


@require_POST
@MAY_WRITE
def publish_update(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows a draft to its readers."""
    found = _found(slug)
    try:
        flows.publish(found, saw=request.POST.get("saw", ""), by=person(request), tell="tell" in request.POST)
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Published."))
    return redirect("certifications:edit_update", slug)


@require_POST
@MAY_WRITE
def schedule_update(request: HttpRequest, slug: str) -> HttpResponse:
    """Lets the clock publish a draft, or takes the date back."""
    found, by = _found(slug), person(request)
    try:
        if "take_back" in request.POST:
            scheduling.unschedule(found, by=by)
            messages.success(request, _("The date is canceled. The post stays a draft."))
            return redirect("certifications:edit_update", slug)
        form = ScheduleForm(request.POST, auto_id="schedule_%s")
        if not form.is_valid():
            return _page(request, found, schedule=form)
        at, tell = form.cleaned_data["publish_at"], "tell" in request.POST
        scheduling.schedule(found, at=at, saw=request.POST.get("saw", ""), tell=tell, by=by)
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Scheduled."))
    return redirect("certifications:edit_update", slug)


@require_POST
@MAY_WRITE
def announce_update(request: HttpRequest, slug: str) -> HttpResponse:
    """Tells subscribers about a published post."""
    try:
        flows.announce(_found(slug), by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The e-mails are on their way."))
    return redirect("certifications:edit_update", slug)


@require_POST
@MAY_REMOVE
def remove_update(request: HttpRequest, slug: str) -> HttpResponse:
    """Removes a draft."""
    try:
        flows.remove(_found(slug), by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
        return redirect("certifications:edit_update", slug)
    messages.success(request, _("Removed."))
    return redirect("certifications:desk_updates")


@require_POST
@MAY_WRITE
def add_entry(request: HttpRequest, slug: str) -> HttpResponse:
    """Writes the next entry of an incident's timeline."""
    found, form = _found(slug), EntryForm(request.POST, auto_id="entry_%s")
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
    return _page(request, found, entry=form)


@require_POST
@MAY_START
def start_clock(request: HttpRequest, slug: str) -> HttpResponse:
    """Starts the clock of a duty."""
    found, form = _found(slug), ClockForm(request.POST, auto_id="clock_%s")
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
    return _page(request, found, clock=form)


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


def _found(slug: str) -> Update:
    return get_object_or_404(Update.objects.prefetch_related("timeline", "products"), slug=slug)


def _saved(request: HttpRequest, form: UpdateForm) -> Update | None:
    typed = form.cleaned_data
    links = {"products": typed["products"], "certifications": typed["certifications"]}
    try:
        return flows.write(form.instance, saw=typed["saw"], by=person(request), **links)
    except FlowError as refusal:
        form.add_error(None, str(refusal))
        return None


def _has_looked(request: HttpRequest, found: Update, form: UpdateForm) -> bool:
    return not found.published_at or request.POST.get("looked") == earlier.looked_at(form)


def _preview(form: UpdateForm) -> dict[str, Any]:
    """What was typed as readers would see it; nothing is saved."""
    if not form.is_bound or not form.is_valid():
        return {}
    return {"typed": form.instance, "level": readers.levels().get(form.instance.level, "")}


def _difference(found: Update, form: UpdateForm) -> dict[str, Any]:
    """What was typed beside what is saved: before a change of a published post, and if somebody else was quicker."""
    if form.is_bound and form.is_valid() and found.published_at:
        return {"changes": earlier.changes(found, form), "looked": earlier.looked_at(form)}
    if form.non_field_errors() and not any(field.errors for field in form):
        return {"beside": earlier.changes(found, form)}
    return {}


def _page(request: HttpRequest, found: Update, **bound: forms.BaseForm) -> HttpResponse:
    form = bound.get("form") or UpdateForm(instance=found, initial={"saw": flows.seen(found)})
    now = timezone.now().replace(second=0, microsecond=0)
    plan = UpdateSchedule.objects.select_related("scheduled_by").filter(update=found).first()
    context = shown(found) | {
        "form": form,
        "saw": flows.seen(found),
        "scheduled": plan if plan and plan.stopped_at is None else None,
        "went_back": request.method == "GET" and form.is_bound,
        "stopped": plan if plan and plan.stopped_at else None,
        "schedule": bound.get("schedule") or ScheduleForm(auto_id="schedule_%s"),
        "announced": Announcement.objects.filter(update=found, entry=None).first(),
        "told": SentAnnouncement.objects.filter(announcement__update=found, announcement__entry=None).count(),
        "subscribers": Subscription.objects.filter(topics__category=found.category).count(),
        "clocks": list(found.clocks.all()),
        "entry": bound.get("entry") or EntryForm(initial={"at": now, "tell": True}, auto_id="entry_%s"),
        "clock": bound.get("clock") or ClockForm(initial={"at": now}, auto_id="clock_%s"),
        "meet": MeetForm(initial={"at": now}),
        "events": [(one.label, one.event, one.term) for one in DutyClock.Duty],
        "profile": posture.profile(),
    }
    if isinstance(form, UpdateForm):
        context |= _preview(form) | _difference(found, form)
    status = 409 if any(one.non_field_errors() for one in bound.values()) else 200
    return render(request, "desk/update.html", context, status=status)
