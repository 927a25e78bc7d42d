"""The levels: what each requires, how many documents have it, and the page that edits one."""

from collections.abc import Collection
from copy import copy

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from documents.models import Level
from ndaflow.desk.levels import agreements, flows, impact, satisfiable
from ndaflow.desk.levels.forms import LevelForm
from ndaflow.desk.levels.impact import Impact
from ndaflow.desk.levels.refusals import Refusal
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError

may_view = permission_required("documents.view_level", raise_exception=True)
may_edit = permission_required(flows.EDIT, raise_exception=True)


@require_GET
@may_view
def levels(request: HttpRequest) -> HttpResponse:
    """Every level with what it requires, and why nobody can satisfy one."""
    now, offered = timezone.now(), agreements.offered(timezone.now())
    rows = [
        (
            level,
            [agreements.title_of(slug, offered) for slug in level.agreements],
            [str(obstacle) for _field, obstacle in satisfiable.obstacles(level, now)],
        )
        for level in Level.objects.annotate(count=Count("documents")).order_by("position", "slug")
    ]
    return render(request, "desk/levels.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@may_edit
def new_level(request: HttpRequest) -> HttpResponse:
    """Adds a level. No document has it yet, so it shuts out nobody."""
    known = list(Level.objects.all())
    form = LevelForm(request.POST if request.method == "POST" else None, instance=Level(), known=known)
    if request.method == "POST" and form.is_valid():
        form.instance.slug = _slug(form.instance.name, known)
        try:
            flows.add(form.instance, by=person(request))
        except FlowError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Added. You can give it to documents under Content."))
            return redirect("desk:levels")
    return render(request, "desk/level.html", {"form": form}, status=_status(form))


@require_http_methods(["GET", "POST"])
@may_edit
def level(request: HttpRequest, slug: str) -> HttpResponse:
    """Edits a level. What changes access is shown with those whom it shuts out, and saved with a second button."""
    known = list(Level.objects.all())
    before = next((one for one in known if one.slug == slug), None)
    if before is None:
        raise Http404
    form = LevelForm(request.POST if request.method == "POST" else None, instance=copy(before), known=known)
    if request.method != "POST" or "edit" in request.POST or not form.is_valid():
        return _page(request, form, before)
    felt = impact.of(before, form.instance, timezone.now())
    shown = {key for key in request.POST.get("shutting_out", "").split(",") if key}
    is_shown = "confirm" in request.POST and {one.pk for one in felt.shut_out} <= shown
    if before.terms != form.instance.terms and not is_shown:
        if "confirm" in request.POST:
            messages.error(request, str(FlowError(Refusal.MORE_PEOPLE)))
        return _preview(request, form, before, felt)
    try:
        felt = flows.change(form.instance, before=before, shutting_out=shown, by=person(request))
    except FlowError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form, before)
    messages.success(request, _saved(felt))
    return redirect("desk:levels")


@require_POST
@may_edit
def remove_level(request: HttpRequest, slug: str) -> HttpResponse:
    """Removes a level that no document has."""
    found = Level.objects.filter(slug=slug).first()
    if found is None:
        raise Http404
    try:
        flows.remove(found, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Removed. What happened under it stays in the audit log."))
    return redirect("desk:levels")


def _page(request: HttpRequest, form: LevelForm, before: Level) -> HttpResponse:
    context = {"form": form, "level": before, "count": before.documents.count()}
    return render(request, "desk/level.html", context, status=_status(form))


def _preview(request: HttpRequest, form: LevelForm, before: Level, felt: Impact) -> HttpResponse:
    context = {
        "form": form,
        "level": before,
        "after": form.instance,
        "changes": form.changes(),
        "impact": felt,
        "shutting_out": ",".join(one.pk for one in felt.shut_out),
        "no_agreement": not form.instance.agreements,
        "is_looser": not form.instance.terms.are_as_strict_as(before.terms),
    }
    return render(request, "desk/level_preview.html", context)


def _status(form: LevelForm) -> int:
    return 409 if form.is_bound and form.is_stale else 200


def _slug(name: str, known: Collection[Level]) -> str:
    """A short name that no level has, from the name."""
    taken, begin = {one.slug for one in known}, slugify(name)[:40] or "level"
    return next(slug for slug in (begin, *(f"{begin}-{n}" for n in range(2, len(known) + 3))) if slug not in taken)


def _saved(felt: Impact) -> str:
    if not felt.shut_out:
        return _("Saved. It applies from now on.")
    return ngettext(
        "Saved. %(n)s person has lost access.", "Saved. %(n)s people have lost access.", len(felt.shut_out)
    ) % {"n": len(felt.shut_out)}
