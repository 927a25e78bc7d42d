"""The desk's pages of the public content: the list, one row with its draft, and its earlier versions."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from certifications import evidence, posture
from certifications.brand import fields
from certifications.brand import flows as brand
from certifications.brand.fields import takes_pictures
from certifications.brand.preview import Colours
from certifications.checking import facts as reading
from certifications.editing import difference, earlier, flows, kinds, listing, proposed
from certifications.editing.forms import FactForm, ScheduleForm
from certifications.editing.kinds import Table
from certifications.editing.refusals import Refusal
from certifications.editing.state import State, state
from certifications.models import Profile
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError

PER_PAGE = 50
MAY_READ = permission_required("certifications.view_certification", raise_exception=True)
MAY_WRITE = permission_required("certifications.change_certification", raise_exception=True)


@require_safe
@MAY_READ
def content(request: HttpRequest) -> HttpResponse:
    """Every row of one kind with its state; `?kind=drafts` lists the drafts of all kinds, `?q=` those with a word."""
    every, lines, findings = listing.read()
    chosen = request.GET.get("kind", "")
    if chosen not in {one.part for one in every}:
        chosen = every[0].part
    q = request.GET.get("q", "")[:100].strip()
    shown = [
        line
        for line in lines
        if (line.draft is not None if chosen == listing.DRAFTS else line.part == chosen)
        and q.casefold() in f"{line.name} {line.slug}".casefold()
    ]
    context = {
        "kinds": every,
        "chosen": chosen,
        "q": q,
        "page": Paginator(shown, PER_PAGE).get_page(request.GET.get("page")),
        "may_add": chosen in kinds.PARTS
        and kinds.PARTS[chosen].is_list
        and person(request).has_perm(kinds.permission(chosen, "add")),
        "findings": findings,
    }
    return render(request, "desk/content.html", context)


@require_http_methods(["GET", "POST"])
@MAY_WRITE
def new_row(request: HttpRequest, part: str) -> HttpResponse:
    """Begins a draft of a row that is not public yet."""
    if part not in kinds.PARTS or not kinds.PARTS[part].is_list:
        raise Http404
    form = FactForm(part, "", public={}, proposed={}, saw="", data=request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            draft = flows.save(part, form.slug, form.table, saw="", by=person(request))
        except FlowError as refusal:
            form.add_error("slug" if refusal.code == Refusal.TAKEN else None, str(refusal))
            status = 409
        else:
            messages.success(request, _("Saved as a draft. Only staff see it."))
            return redirect("certifications:edit_row", part, draft.slug)
    context = {"form": form, "part": part, "label": kinds.LABELS[part], "noun": kinds.PARTS[part].noun}
    return render(request, "desk/content_new.html", context, status=status)


@require_http_methods(["GET", "POST"])
@MAY_READ
@takes_pictures
def edit_row(request: HttpRequest, part: str, slug: str) -> HttpResponse:
    """One row: its form, how visitors see it, what its draft changes, and the steps that make it public."""
    if request.method == "POST":
        return _saved(request, part, slug)
    return page(request, found(part, slug))


@MAY_WRITE
def _saved(request: HttpRequest, part: str, slug: str) -> HttpResponse:
    now = found(part, slug)
    form = _form(now, data=request.POST, files=request.FILES)
    if not form.is_valid() or "preview" in request.POST:
        return page(request, now, form=form)
    try:
        saw, by = request.POST.get("saw", "") or "-", person(request)
        flows.save(part, slug, form.table, saw=saw, by=by, pictures=form.pictures)
    except FlowError as refusal:
        # What was typed stays in the form; the page says beside it what is saved now.
        fresh = found(part, slug)
        if refusal.code == Refusal.SAVED_MEANWHILE:
            brand.keep_all(form.pictures, by=by)
        data = fields.kept(request.POST, form.pictures)
        data["saw"] = fresh.token
        kept = _form(fresh, data=data)
        kept.is_valid()
        kept.add_error(None, str(refusal))
        beside = difference.of(part, _proposed(fresh), form.table) if refusal.code == Refusal.SAVED_MEANWHILE else []
        return page(request, fresh, form=kept, beside=beside, status=409)
    messages.success(request, _("Saved as a draft. Visitors see it once it is published."))
    return redirect("certifications:edit_row", part, slug)


@require_safe
@MAY_READ
def earlier_rows(request: HttpRequest, part: str, slug: str) -> HttpResponse:
    """What the row said before, revision by revision."""
    now = found(part, slug, gone=True)
    context = {
        "now": now,
        "label": kinds.LABELS[part],
        "noun": kinds.PARTS[part].noun,
        "versions": earlier.revisions(part, slug),
        "may_change": person(request).has_perm(kinds.permission(part, "change")),
    }
    return render(request, "desk/content_earlier.html", context)


def found(part: str, slug: str, *, gone: bool = False) -> State:
    """The row as it is now. Raises Http404 if there is none and no draft of one, unless it may be `gone`."""
    if part not in kinds.PARTS:
        raise Http404
    now = state(part, slug)
    if now.row is None and now.draft is None and not (gone and earlier.revisions(part, slug)):
        raise Http404
    return now


def page(
    request: HttpRequest,
    now: State,
    *,
    form: FactForm | None = None,
    schedule: ScheduleForm | None = None,
    beside: list[difference.Field] | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of one row. `form` and `schedule` are bound where something is wrong in them."""
    facts = reading.read()
    form = form or _form(now)
    typed = form.is_bound and form.is_valid() and "preview" in request.POST
    shown = form.table if typed else _proposed(now)
    problem = kinds.problem(now.part, _proposed(now), slug=now.slug, known=proposed.slugs(facts))
    new, known = proposed.findings(now, facts, valid=not problem)
    preview = None if problem and not typed else proposed.row(now.part, shown, facts=facts, known=now.row)
    changes = difference.of(now.part, now.public, _proposed(now)) if now.draft else []
    by = person(request)
    context = {
        "now": now,
        "label": kinds.LABELS[now.part],
        "form": form,
        "schedule": schedule or ScheduleForm(),
        "beside": beside,
        "refused": refused,
        "typed": typed,
        "changes": changes,
        "changed": {one.key for one in changes} if now.row else set(),
        "preview": preview,
        "preview_rows": [preview],
        "colours": Colours.of(preview) if isinstance(preview, Profile) else None,
        "comparison": posture.comparison([preview]) if preview and now.part == "products" else [],
        "evidence": evidence.shown(),
        "new_findings": new,
        "findings": known,
        "problem": problem,
        "must_confirm": bool(new) or now.is_stale,
        "is_list": kinds.PARTS[now.part].is_list,
        "may_change": by.has_perm(kinds.permission(now.part, "change")),
        "may_remove": by.has_perm(kinds.permission(now.part, "delete")) and kinds.PARTS[now.part].is_list,
        "values": difference.of(now.part, {}, _proposed(now)),
    }
    return render(request, "desk/content_row.html", context, status=status)


def _form(now: State, data: Any = None, files: Any = None) -> FactForm:
    said = _proposed(now)
    return FactForm(now.part, now.slug, public=now.public, proposed=said, saw=now.token, data=data, files=files)


def _proposed(now: State) -> Table:
    return now.draft.table if now.draft else now.public
