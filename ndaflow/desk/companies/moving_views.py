"""Merging two companies, and adding, moving and removing mail domains: each shows first what moves."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ndaflow.desk.companies import flows, listing, moves, suggestions, undoing
from ndaflow.desk.companies.models import UNDO_WITHIN, CompanyMerge
from ndaflow.desk.companies.views import after, find, may_confirm
from trustcenter.accounts.models import Company, CompanyDomain
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError

MOST_FOUND = 10


@require_http_methods(["GET", "POST"])
@may_confirm
def merge(request: HttpRequest, id: str) -> HttpResponse:
    """Compares a company with another one, and merges the other one into it."""
    into = find(id)
    if request.method == "POST":
        other = find(request.POST.get("other", ""))
        step = partial(flows.merge, other, into, seen=request.POST.get("seen", ""), by=person(request))
        done = _(
            "Merged. Every signature stays as it was signed. You can undo it for %(days)s days,"
            " under “Merge another company into this one”."
        )
        return after(step, request, into, done % {"days": UNDO_WITHIN.days})
    other_id, words = request.GET.get("other", ""), _words(request)
    context = {"company": into, "q": words, "found": _found(into, words), "merges": undoing.of(into, timezone.now())}
    if other_id:
        other = find(other_id)
        context |= {
            "other": other,
            "why": suggestions.why(into, other),
            "refusal": _refusal(other, into),
            "turned": _refusal(into, other) is None,
            "move": moves.of_merge(other),
            "stays": moves.of_merge(into),
        }
    return render(request, "desk/company_merge.html", context)


@require_http_methods(["GET", "POST"])
@may_confirm
def undo_merge(request: HttpRequest, id: str) -> HttpResponse:
    """Undoes a merge, after showing what goes back and what contradicts it."""
    merge = get_object_or_404(CompanyMerge.objects.select_related("source", "into", "merged_by"), pk=id)
    if request.method == "POST":
        step = partial(undoing.undo, merge, seen=request.POST.get("seen", ""), by=person(request))
        return after(step, request, merge.source, _("Undone. The two companies are as they were before the merge."))
    if merge.undone_at is not None:
        return redirect("desk:company", merge.source_id)
    context = {"merge": merge, "back": undoing.preview(merge), "is_over": undoing.is_over(merge)}
    return render(request, "desk/company_unmerge.html", context)


@require_POST
@may_confirm
def tell_apart(request: HttpRequest, id: str) -> HttpResponse:
    """Says that two companies that look alike are two."""
    one, other = find(id), find(request.POST.get("other", ""))
    done = _("Noted. They will not be suggested again.")
    return after(partial(flows.tell_apart, one, other, by=person(request)), request, one, done)


@require_http_methods(["GET", "POST"])
@may_confirm
def add_domain(request: HttpRequest, id: str) -> HttpResponse:
    """Adds a mail domain, after showing who joins."""
    company, typed = find(id), request.POST.get("domain", request.GET.get("domain", ""))[:300]
    if request.method == "POST":
        seen, by = request.POST.get("seen", ""), person(request)
        done = _("Added. People with an address there belong to this company from now on.")
        return after(partial(flows.add_domain, company, typed, seen=seen, by=by), request, company, done)
    context: dict[str, object] = {"company": company, "typed": typed}
    if typed:
        try:
            domain = flows.new_domain(company, typed)
        except FlowError as refusal:
            context["refusal"] = str(refusal)
        else:
            context |= {"domain": domain, "move": moves.of_new_domain(domain)}
    return render(request, "desk/company_domain_add.html", context)


@require_http_methods(["GET", "POST"])
@may_confirm
def domain(request: HttpRequest, id: str, domain: str) -> HttpResponse:
    """Moves a mail domain with its people to another company, or removes it, after showing who is touched."""
    company = find(id)
    rows = CompanyDomain.objects.select_related("company").filter(company=company)
    row = rows.filter(domain=domain.replace("\0", "")).first()
    if row is None and request.method == "POST":
        messages.error(request, _("This domain now belongs to another company. Nothing was changed."))
        return redirect("desk:company", company.pk)
    if row is None:
        raise Http404
    if request.method == "POST":
        seen, by = request.POST.get("seen", ""), person(request)
        if to := request.POST.get("to", ""):
            done = _("Moved, with its people.")
            return after(partial(flows.move_domain, row, find(to), seen=seen, by=by), request, company, done)
        return after(partial(flows.remove_domain, row, seen=seen, by=by), request, company, _("Removed."))
    words = _words(request)
    context = {
        "company": company,
        "row": row,
        "move": moves.of_domain(row),
        "q": words,
        "found": _found(company, words),
    }
    if to := request.GET.get("to", ""):
        context["to"] = find(to)
    return render(request, "desk/company_domain.html", context)


def _words(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\0", "").strip()[:100]


def _found(company: Company, words: str) -> list[Company]:
    """What a search finds, or companies that may be the same."""
    if not words:
        return list(suggestions.alike(company)[:MOST_FOUND])
    return list(listing.shown(listing.rows(listing.everything(), words).exclude(pk=company.pk)[:MOST_FOUND]))


def _refusal(source: Company, into: Company) -> str | None:
    try:
        flows.must_merge(source, into)
    except FlowError as refusal:
        return str(refusal)
    return None
