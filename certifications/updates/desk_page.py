"""The page of one post at the desk, which every step on it shows again."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from certifications import posture
from certifications.models import Announcement, DutyClock, SentAnnouncement, Subscription, Update, UpdateSchedule
from certifications.updates import earlier, flows, readers
from certifications.updates.forms import ClockForm, EntryForm, MeetForm, ScheduleForm, UpdateForm
from certifications.updates.views import shown


def find(slug: str) -> Update:
    """The post, a draft too. Raises Http404."""
    return get_object_or_404(Update.objects.prefetch_related("timeline", "products"), slug=slug)


def preview(form: UpdateForm) -> dict[str, Any]:
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


def show(request: HttpRequest, found: Update, **bound: forms.BaseForm) -> HttpResponse:
    """The page with what is saved, or with a form that was sent, as `bound` names it: form, schedule, entry or clock."""
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
        context |= preview(form) | _difference(found, form)
    status = 409 if any(one.non_field_errors() for one in bound.values()) else 200
    return render(request, "desk/update.html", context, status=status)
