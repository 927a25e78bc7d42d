"""The desk's pages of objections to subprocessors: what waits, and the answer."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ndaflow.objections import flows
from ndaflow.objections.forms import AnswerForm
from ndaflow.objections.models import Objection
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError

PAGE = 25
VIEW = "ndaflow.view_objection"


@require_GET
@permission_required(VIEW, raise_exception=True)
def objections(request: HttpRequest) -> HttpResponse:
    """What waits, by the day on which the subprocessor starts, then what was answered."""
    waits = Case(When(state=Objection.State.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = Objection.objects.select_related("person", "answered_by").order_by(waits, "effective", "raised_at")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "desk/objections.html", {"page": page})


@require_http_methods(["GET", "POST"])
@permission_required(VIEW, raise_exception=True)
def objection(request: HttpRequest, id: str) -> HttpResponse:
    """One objection, and its answer by somebody who may give it."""
    may_answer = person(request).has_perm(flows.ANSWER)
    if request.method == "POST" and not may_answer:
        raise PermissionDenied
    row = Objection.objects.select_related("person", "answered_by").filter(pk=id).first()
    if row is None:
        raise Http404
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            flows.answer(row, by=person(request), text=form.cleaned_data["text"])
        except FlowError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Answered. The person gets your answer by e-mail."))
        return redirect("desk:objection", row.pk)
    context = {"objection": row, "form": form, "may_answer": may_answer and row.state == Objection.State.OPEN}
    return render(request, "desk/objection.html", context)
