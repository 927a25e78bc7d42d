"""The account page of sales: one company, how far its people are. It decides nothing."""

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from ndaflow.desk.accounts import page
from ndaflow.desk.companies.page import find
from trustcenter.accounts.signed_in import person


@require_GET
@permission_required(
    ["accounts.view_company", "ndaflow.view_invitation", "ndaflow.view_accessrequest"], raise_exception=True
)
def account(request: HttpRequest, id: str) -> HttpResponse:
    """Who of a company was invited, asked, signed and read, and what waits and for whom."""
    found = find(id)
    if found is None:
        raise Http404
    if found.merged_into is not None:
        return redirect("desk:account", found.merged_into.pk)
    return render(request, "desk/account.html", page.context(found, person(request)))
