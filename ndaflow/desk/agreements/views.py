"""Legal's pages: every agreement at a glance, the register of who is covered, and the page of each agreement."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ndaflow.agreements import difference, flows
from ndaflow.agreements.models import Agreement, AgreementVersion, Scope
from ndaflow.agreements.text import as_html
from ndaflow.desk.agreements import register
from ndaflow.desk.agreements.forms import OfferForm
from ndaflow.desk.agreements.publishing import may_publish
from ndaflow.desk.agreements.register import Show
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.web import spreadsheet

PAGE = 25
# Legal checks papers soon after they come; a page that lists more than these has another problem.
MOST_WAITING = 100

may_view = permission_required("ndaflow.view_agreementversion", raise_exception=True)
may_see_who = permission_required("ndaflow.view_signature", raise_exception=True)


@require_GET
@may_view
@may_see_who
def agreements(request: HttpRequest) -> HttpResponse:
    """Every agreement at a glance, and whom they cover: first what needs something."""
    now, what = timezone.now(), register.chosen(request.GET)
    pages, counts = Paginator(register.rows(what, now), PAGE), register.counts(now)
    if not (what.agreement or what.version or what.covers or what.words):
        pages.count = counts[what.show.name] if what.show not in {Show.CHECK, Show.CONFIRM} else 0
    page = pages.get_page(request.GET.get("page"))
    found: Any = page.object_list
    page.object_list = list(register.shown(found, now))
    cards, to_confirm = register.cards(now), counts[Show.CONFIRM.name]
    context = {
        "cards": cards,
        "register": {
            "page": page,
            "states": {row.pk: register.state(row, now) for row in page},
            "papers": list(register.waiting(what)[:MOST_WAITING]) if page.number == 1 else [],
            "proposals": register.to_confirm(what, MOST_WAITING) if page.number == 1 and to_confirm else [],
            "chosen": what,
            "cards": cards,
            "scopes": Scope.choices,
        },
        "filters": [(show, counts[show.name]) for show in Show],
        "in_force": counts[Show.ALL.name],
        "to_check": counts[Show.CHECK.name],
        "to_confirm": to_confirm,
        "ending": counts[Show.ENDS.name],
    }
    return render(request, "desk/agreements.html", context)


# Not by GET: a file of this kind leaves with a record.
@require_POST
@may_see_who
def register_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same rows as the page's filters show, for a spreadsheet. The log says who took them, and how many."""
    now = timezone.now()
    rows = register.shown(register.rows(register.chosen(request.GET), now), now)
    flows.note_export(rows=rows.count(), filters=request.GET.urlencode()[:400], by=person(request))
    return spreadsheet.response("register.csv", register.head(), register.cells(rows.iterator(chunk_size=500), now))


@require_GET
@may_view
def agreement(request: HttpRequest, slug: str) -> HttpResponse:
    """One agreement, version by version, and how it is offered."""
    found = get_object_or_404(Agreement, slug=slug)
    initial = {"summary": found.summary, "plans": "\n".join(found.plans), "widest": found.widest}
    return _agreement_page(request, found, OfferForm(initial=initial))


@require_POST
@may_publish
def offer(request: HttpRequest, slug: str) -> HttpResponse:
    """Changes what the public list says of an agreement, and whose customers may sign it by itself."""
    found, form = get_object_or_404(Agreement, slug=slug), OfferForm(request.POST)
    if not form.is_valid():
        return _agreement_page(request, found, form)
    try:
        flows.offer(found, **form.cleaned_data, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Saved."))
    return redirect("desk:agreement", slug)


@require_GET
@may_view
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One version: its text, and what it changed."""
    found = AgreementVersion.objects.filter(agreement__slug=slug, number__in=[number, number - 1])
    rows = {one.number: one for one in found.select_related("agreement")}
    if number not in rows:
        raise Http404
    former = rows.get(number - 1)
    context: dict[str, Any] = {
        "version": rows[number],
        "text": as_html(rows[number].text, below=2),
        "former": former,
        "passages": difference.passages(former.text, rows[number].text) if former else None,
    }
    return render(request, "desk/agreement_version.html", context)


def _agreement_page(request: HttpRequest, found: Agreement, form: OfferForm) -> HttpResponse:
    now = timezone.now()
    # Without `distinct` each would be multiplied by the other.
    live = Count("coverage", filter=register.live_at(now, "coverage__") & ~Q(coverage__pk=None), distinct=True)
    versions = found.versions.defer("text").annotate(signed=Count("signatures", distinct=True), live=live)
    rows = list(versions.order_by("-number"))
    current = next((one.number for one in rows if one.effective_at <= now), None)
    context = {"agreement": found, "versions": rows, "current": current, "form": form}
    return render(request, "desk/agreement.html", context)
