"""The list of allowed and blocked addresses and mail domains."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from ndaflow.desk.companies import standing
from ndaflow.desk.companies.forms import ListedForm
from trustcenter.accounts.listed import flows
from trustcenter.accounts.models import Listed
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError

PAGE = 25


@require_http_methods(["GET", "POST"])
@permission_required("accounts.view_listed", raise_exception=True)
def listed(request: HttpRequest) -> HttpResponse:
    """The list, and the form that adds to it."""
    by = person(request)
    may_manage = by.has_perm(flows.MANAGE)
    if request.method == "POST" and not may_manage:
        raise PermissionDenied
    form = ListedForm(request.POST or None, initial={"entry": request.GET.get("entry", "")[:254]})
    if request.method == "POST" and form.is_valid():
        try:
            added = flows.put(**form.cleaned_data, by=by)
        except FlowError as refusal:
            # Beside the form, so that nothing typed is lost.
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _done(added))
            return redirect("desk:listed")
    chosen = request.GET.get("show", "")
    rows = Listed.objects.select_related("added_by")
    if chosen in Listed.Verdict.values:
        rows = rows.filter(verdict=chosen)
    page = Paginator(standing.with_open(rows), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "chosen": chosen, "verdicts": Listed.Verdict, "may_manage": may_manage}
    return render(request, "desk/listed.html", context)


@require_POST
@permission_required(flows.MANAGE, raise_exception=True)
def remove(request: HttpRequest, id: str) -> HttpResponse:
    """Takes an entry off the list."""
    entry = Listed.objects.filter(pk=id).first()
    if entry is None:
        raise Http404
    try:
        flows.remove(entry, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Removed from the list."))
    return redirect("desk:listed")


@require_POST
@permission_required(flows.MANAGE, raise_exception=True)
def keep(request: HttpRequest, id: str) -> HttpResponse:
    """Says that an entry is still needed."""
    entry = Listed.objects.filter(pk=id).first()
    if entry is None:
        raise Http404
    try:
        kept = flows.keep(entry, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Kept: %(entry)s.") % {"entry": kept.entry})
    return redirect("desk:listed")


def _done(added: Listed) -> str:
    if added.verdict == Listed.Verdict.ALLOW:
        return _("%(entry)s is allowed.") % {"entry": added.entry}
    blocked = _("%(entry)s is blocked. New requests are denied with your reason.") % {"entry": added.entry}
    if not (n := standing.open_to(added)):
        return blocked
    stays = ngettext(
        "%(n)s document stays open: revoke it if it should not.",
        "%(n)s documents stay open: revoke them if they should not.",
        n,
    )
    return f"{blocked} {stays % {'n': n}}"
