"""The desk's pages of requests to erase personal data: the list, one request with what goes and stays, and its answer."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ndaflow.desk.privacy.forms import DeclineForm
from ndaflow.privacy import erasing, flows
from ndaflow.privacy.models import Erasure
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError

PAGE = 50
VIEW, ERASE = "ndaflow.view_erasure", "ndaflow.erase_person"


@require_GET
@permission_required(VIEW, raise_exception=True)
def erasures(request: HttpRequest) -> HttpResponse:
    """What waits, the oldest first, then what was settled."""
    waits = Case(When(state=Erasure.State.WAITING, then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = Erasure.objects.select_related("person", "decided_by").order_by(waits, "asked_at")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    lines = [(row, row.asked_at + erasing.ANSWER_WITHIN) for row in page]
    return render(request, "desk/erasures.html", {"page": page, "lines": lines})


@require_GET
@permission_required(VIEW, raise_exception=True)
def erasure(request: HttpRequest, id: str) -> HttpResponse:
    return _page(request, _found(id), DeclineForm())


@require_POST
@permission_required(ERASE, raise_exception=True)
def carry_out(request: HttpRequest, id: str) -> HttpResponse:
    """Erases. The address has to be typed, because nothing brings the data back."""
    row = _found(id)
    if request.POST.get("address", "").strip().lower() != row.person.email:
        messages.error(request, _("Type the person’s address exactly as shown above. Nothing was erased."))
        return redirect("desk:erasure", row.pk)
    try:
        flows.carry_out_erasure(row, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Erased. We have told the person."))
    return redirect("desk:erasure", row.pk)


@require_POST
@permission_required(ERASE, raise_exception=True)
def decline(request: HttpRequest, id: str) -> HttpResponse:
    row, form = _found(id), DeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form)
    try:
        flows.decline_erasure(row, by=person(request), reason=form.cleaned_data["reason"])
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Declined. We have told the person why."))
    return redirect("desk:erasure", row.pk)


def _found(id: str) -> Erasure:
    return get_object_or_404(Erasure.objects.select_related("person__company", "decided_by"), pk=id)


def _page(request: HttpRequest, row: Erasure, form: DeclineForm) -> HttpResponse:
    waits = row.state == Erasure.State.WAITING
    context = {
        "erasure": row,
        "preview": erasing.preview(row.person, to=person(request)) if waits else None,
        "answer_by": row.asked_at + erasing.ANSWER_WITHIN,
        "form": form,
    }
    return render(request, "desk/erasure.html", context)
