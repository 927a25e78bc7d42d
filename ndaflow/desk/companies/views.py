"""The list of companies, the page of one, and the steps that say what it is."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ndaflow.desk.companies import listing, page
from ndaflow.desk.companies.forms import BlockForm, DetailsForm, NameForm, NoteForm
from trustcenter.accounts.companies import flows
from trustcenter.accounts.models import Company, CompanyNote
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError

PAGE = 25

may_view = permission_required("accounts.view_company", raise_exception=True)
may_confirm = permission_required(flows.CONFIRM, raise_exception=True)
may_annotate = permission_required(flows.ANNOTATE, raise_exception=True)
may_block = permission_required(flows.BLOCK, raise_exception=True)


@require_GET
@may_view
def companies(request: HttpRequest) -> HttpResponse:
    """Every company, or those that a filter or a search finds, by name."""
    offered = listing.filters(person(request))
    asked = request.GET.get("show", "")
    chosen = next((one for one in offered if one.value == asked), offered[0])
    words = request.GET.get("q", "").replace("\0", "").strip()[:100]
    counts = listing.counts(offered)
    pages = Paginator(listing.rows(chosen, words), PAGE)
    if not words:
        pages.count = counts[chosen.value]
    shown = pages.get_page(request.GET.get("page"))
    found: Any = shown.object_list
    return render(
        request,
        "desk/companies.html",
        {
            "page": shown,
            "companies": listing.shown(found),
            "filters": [(one, counts[one.value]) for one in offered],
            "chosen": chosen,
            "q": words,
        },
    )


@require_GET
@may_view
def company(request: HttpRequest, id: str) -> HttpResponse:
    """One company: its people, what is open to them, and what our staff knows about it."""
    found = page.find(id)
    if found is None:
        raise Http404
    if found.merged_into is not None:
        # Records and bookmarks name the former one.
        return redirect("desk:company", found.merged_into.pk)
    return _page(request, found)


@require_POST
@may_confirm
def name(request: HttpRequest, id: str) -> HttpResponse:
    """Confirms the company, or corrects the name of a confirmed one."""
    found, form = find(id), NameForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    step = flows.correct if found.confirmed_at else flows.confirm
    # What the page showed, so that two people do not overwrite each other.
    found.legal_name = request.POST.get("seen", found.legal_name)
    done = _("Saved. New copies show this name.") if found.confirmed_at else _("Confirmed. New copies show this name.")
    return after(partial(step, found, by=person(request), **form.cleaned_data), request, found, done)


@require_http_methods(["GET", "POST"])
@may_annotate
def details(request: HttpRequest, id: str) -> HttpResponse:
    """Whether it is a customer, on which plan, who owns it in sales, and its CRM ID."""
    found = find(id)
    form = DetailsForm(request.POST or None, company=found)
    if request.method == "POST" and form.is_valid():
        step = partial(flows.describe, found, form.details(), by=person(request))
        return after(step, request, found, _("Saved."))
    status = 409 if form.is_bound and form.is_stale else 200
    return render(request, "desk/company_details.html", {"company": found, "form": form}, status=status)


@require_POST
@may_annotate
def note(request: HttpRequest, id: str) -> HttpResponse:
    """Keeps a note about the company."""
    found, form = find(id), NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    return after(partial(flows.write_note, found, by=person(request), **form.cleaned_data), request, found, _("Added."))


@require_POST
@may_annotate
def remove_note(request: HttpRequest, id: str) -> HttpResponse:
    """Removes a note."""
    written = CompanyNote.objects.select_related("company").filter(pk=id).first()
    if written is None:
        raise Http404
    return after(partial(flows.remove_note, written, by=person(request)), request, written.company, _("Removed."))


@require_POST
@may_block
def block(request: HttpRequest, id: str) -> HttpResponse:
    """Blocks the company, and says what stays open."""
    found, form = find(id), BlockForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    done = _(
        "Blocked. New requests from its people are denied with your reason. What is open stays open until you end it."
    )
    return after(partial(flows.block, found, by=person(request), **form.cleaned_data), request, found, done)


@require_POST
@may_block
def unblock(request: HttpRequest, id: str) -> HttpResponse:
    """Ends the block of the company."""
    found = find(id)
    return after(partial(flows.unblock, found, by=person(request)), request, found, _("The block has ended."))


def find(id: str) -> Company:
    """A company that steps may change. Raises Http404 for an unknown one; the flow refuses one that was merged."""
    found = page.find(id)
    if found is None:
        raise Http404
    return found


def after(step: Callable[[], object], request: HttpRequest, company: Company, done: str) -> HttpResponse:
    """Takes the step, says how it went, and leads back to the company."""
    try:
        step()
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("desk:company", company.pk)


def _page(request: HttpRequest, found: Company, typed: page.Form | None = None) -> HttpResponse:
    past = request.GET.get("past") == "1"
    shown = page.context(found, person(request), past=past, typed=typed)
    return render(request, "desk/company.html", {"page": shown})
