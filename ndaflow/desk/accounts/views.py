"""The accounts of sales: every company with what waits there, and one with how far its people are. They decide nothing."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from ndaflow.desk.accounts import listing, page
from ndaflow.desk.companies.listing import counts
from ndaflow.desk.companies.page import find
from ndaflow.invitations import flows
from trustcenter.accounts.signed_in import person

PAGE = 25

may_view = permission_required(
    ["accounts.view_company", "ndaflow.view_invitation", "ndaflow.view_accessrequest"], raise_exception=True
)


@require_GET
@may_view
def accounts(request: HttpRequest) -> HttpResponse:
    """Every account, or the reader's own, with what waits and for whom."""
    reader = person(request)
    offered = listing.filters(reader)
    # Who invites nobody has no accounts of their own.
    first = offered[0 if reader.has_perm(flows.SEND) else 1]
    chosen = next((one for one in offered if one.value == request.GET.get("show")), first)
    words = request.GET.get("q", "").replace("\0", "").strip()[:100]
    numbers = counts(offered)
    pages = Paginator(listing.rows(chosen, words), PAGE)
    if not words:
        pages.count = numbers[chosen.value]
    shown = pages.get_page(request.GET.get("page"))
    found: Any = shown.object_list
    context = {
        "page": shown,
        "accounts": listing.accounts(listing.shown(found)),
        "filters": [(one, numbers[one.value]) for one in offered],
        "chosen": chosen,
        "q": words,
        "elsewhere": listing.invited_elsewhere(reader if chosen.value == "mine" else None),
        "may_send": reader.has_perm(flows.SEND),
    }
    return render(request, "desk/accounts.html", context)


@require_GET
@may_view
def account(request: HttpRequest, id: str) -> HttpResponse:
    """Who of a company was invited, asked, signed and read, and what waits and for whom."""
    found = find(id)
    if found is None:
        raise Http404
    if found.merged_into is not None:
        return redirect("desk:account", found.merged_into.pk)
    return render(request, "desk/account.html", page.context(found, person(request)))
