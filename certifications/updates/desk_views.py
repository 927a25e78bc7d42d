"""The desk's pages of posts: list, write, preview, publish, schedule."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certifications.models import Update
from certifications.updates import desk_page, earlier, flows, readers, scheduling
from certifications.updates.forms import ScheduleForm, UpdateForm
from certifications.updates.refusals import Refusal
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError

PER_PAGE = 50
MAY_READ = permission_required("certifications.view_update", raise_exception=True)
MAY_ADD = permission_required("certifications.add_update", raise_exception=True)
MAY_WRITE = permission_required("certifications.change_update", raise_exception=True)
MAY_REMOVE = permission_required("certifications.delete_update", raise_exception=True)


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
    return render(request, "desk/update_new.html", {"form": form} | desk_page.preview(form))


@require_http_methods(["GET", "POST"])
@MAY_READ
def edit_update(request: HttpRequest, slug: str) -> HttpResponse:
    """One post with its form, how readers see it, its timeline and the clocks of its duties."""
    if request.method == "POST":
        return _edited(request, slug)
    if "earlier" in request.GET:
        return _went_back(request, slug)
    return desk_page.show(request, desk_page.find(slug))


@MAY_WRITE
def _went_back(request: HttpRequest, slug: str) -> HttpResponse:
    """The page with an earlier text in its form. Nothing is saved yet."""
    number = request.GET["earlier"]
    if not (number.isascii() and number.isdecimal() and len(number) < 18):
        raise Http404
    form = earlier.form_of(desk_page.find(slug), int(number))
    if form is None:
        raise Http404
    return desk_page.show(request, desk_page.find(slug), form=form)


@require_safe
@MAY_READ
def earlier_update(request: HttpRequest, slug: str) -> HttpResponse:
    """What the post said before, revision by revision."""
    found = desk_page.find(slug)
    context = {"update": found, "versions": earlier.revisions(found)}
    return render(request, "desk/update_earlier.html", context)


@MAY_WRITE
def _edited(request: HttpRequest, slug: str) -> HttpResponse:
    found = desk_page.find(slug)
    form = UpdateForm(request.POST, instance=found)
    # Readers get the change of a published post at once, so the editor sees first what it changes.
    if form.is_valid() and "preview" not in request.POST and _has_looked(request, found, form):
        saved = _saved(request, form)
        if saved is not None:
            now_public = _("Saved. Its readers see it now.") if saved.is_published else _("Saved.")
            messages.success(request, now_public)
            return redirect("certifications:edit_update", saved.slug)
    fresh = desk_page.find(slug)
    if form.non_field_errors():
        # What was typed stays, and the page shows beside it what is saved now.
        form.data = request.POST.copy()
        form.data["saw"] = flows.seen(fresh)
    return desk_page.show(request, fresh, form=form)


@require_POST
@MAY_WRITE
def publish_update(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows a draft to its readers."""
    found = desk_page.find(slug)
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
    found, by = desk_page.find(slug), person(request)
    form = ScheduleForm(request.POST, auto_id="schedule_%s")
    try:
        if "take_back" in request.POST:
            scheduling.unschedule(found, by=by)
            messages.success(request, _("The date is canceled. The post stays a draft."))
            return redirect("certifications:edit_update", slug)
        if not form.is_valid():
            return desk_page.show(request, found, schedule=form)
        at, tell = form.cleaned_data["publish_at"], "tell" in request.POST
        scheduling.schedule(found, at=at, saw=request.POST.get("saw", ""), tell=tell, by=by)
    except FlowError as refusal:
        if refusal.code == Refusal.IN_THE_PAST:
            form.add_error("publish_at", str(refusal))
            return desk_page.show(request, found, schedule=form)
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Scheduled."))
    return redirect("certifications:edit_update", slug)


@require_POST
@MAY_WRITE
def announce_update(request: HttpRequest, slug: str) -> HttpResponse:
    """Tells subscribers about a published post."""
    try:
        flows.announce(desk_page.find(slug), by=person(request))
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
        flows.remove(desk_page.find(slug), by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
        return redirect("certifications:edit_update", slug)
    messages.success(request, _("Removed."))
    return redirect("certifications:desk_updates")


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
