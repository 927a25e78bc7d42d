"""The pages of several selected requests: what to say to all of them, and what became of each."""

from typing import Any, Literal

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from ndaflow.agreements.signing import utc_text
from ndaflow.desk import queue_page
from ndaflow.desk.bulk import steps
from ndaflow.desk.bulk.forms import LongerForm
from ndaflow.desk.bulk.steps import Act, Result
from ndaflow.desk.forms import QuestionForm, ReasonForm
from ndaflow.duty import people
from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest
from trustcenter.accounts.models import User
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.web import spreadsheet
from trustcenter.work import ids

NOBODY = "nobody"

may_view = permission_required("ndaflow.view_accessrequest", raise_exception=True)
may_decide = permission_required(flows.DECIDE, raise_exception=True)


@require_POST
@may_decide
def assign(request: HttpRequest, id: str) -> HttpResponse:
    """Takes one request, or gives it to the colleague who was chosen."""
    found = steps.picked([f"{id}.0"])
    # The queue's button stands in the form of several requests, which has a colleague to choose, too.
    takes = "take" in request.POST or "to" not in request.POST
    to = person(request) if takes else _colleague(request.POST.get("to", ""))
    stays = bool(request.POST.get("stay"))
    if not found or to is False:
        messages.error(request, _("Choose a colleague.") if found else _("This request no longer exists."))
        return redirect("desk:request_owner", id) if found and stays else redirect("desk:requests")
    # The owner whom the page showed: two who take it at once must not take it from each other.
    found[0].owner_id = None if "take" in request.POST else ids.typed(request.POST.get("seen", "")) or None
    try:
        given = flows.assign(found[0], by=person(request), to=to)
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _given(given, to))
    return redirect("desk:request", id) if stays else redirect("desk:requests")


@require_POST
@may_decide
def bulk(request: HttpRequest) -> HttpResponse:
    """One step on all selected requests. A question and a denial first ask for their words."""
    chosen, by = steps.picked(request.POST.getlist("pick")), person(request)
    asked = request.POST.get("act", "")
    if not chosen or asked not in Act.values:
        messages.error(request, _("Choose what to do with them.") if chosen else _("Select at least one request."))
        return redirect("desk:requests")
    match act := Act(asked):
        case Act.ASSIGN:
            to = _colleague(request.POST.get("to", ""))
            if to is False:
                messages.error(request, _("Choose a colleague."))
                return redirect("desk:requests")
            seen = steps.owners(request.POST.getlist("pick"))
            return _result(request, act, steps.assign(chosen, by=by, to=to, seen=seen))
        case Act.ASK:
            question = QuestionForm(request.POST if "text" in request.POST else None)
            if not question.is_valid():
                return _words(request, act, chosen, question)
            return _result(request, act, steps.ask(chosen, by=by, text=question.cleaned_data["text"]))
        case Act.DENY:
            why = ReasonForm(request.POST if "reason" in request.POST else None)
            if not why.is_valid():
                return _words(request, act, chosen, why)
            return _result(request, act, steps.deny(chosen, by=by, reason=why.cleaned_data["reason"]))
        case Act.EXTEND:
            longer = LongerForm(request.POST if "reason" in request.POST else None)
            if not longer.is_valid():
                return _words(request, act, chosen, longer)
            data = longer.cleaned_data
            return _result(request, act, steps.extend(chosen, by=by, until=data["until"], reason=data["reason"]))


@require_POST
@may_view
def export(request: HttpRequest) -> HttpResponseBase:
    """The selected requests as CSV."""
    chosen = steps.picked(request.POST.getlist("pick"))
    if not chosen:
        messages.error(request, _("Select at least one request."))
        return redirect("desk:requests")
    steps.note_export(chosen, by=person(request))
    head = [_("Reference"), _("Name"), _("E-mail"), _("Stated company"), _("Documents"), _("Status"), _("Requested")]
    head += [_("Owner"), _("Due"), _("Risks"), _("Reason")]
    return spreadsheet.response("requests.csv", head, [_cells(one) for one in chosen])


def _cells(one: AccessRequest) -> list[Any]:
    return [
        one.reference,
        one.name,
        one.email,
        one.company_name,
        ", ".join(document.title for document in one.documents.all()),
        one.get_status_display(),
        utc_text(one.opened_at) if one.opened_at else "",
        one.owner.email if one.owner else "",
        utc_text(one.due_at) if one.due_at and not one.paused_at else "",
        ", ".join(str(kind.label) for kind in queue_page.known_risks(one.risks)),
        one.reason,
    ]


def _words(request: HttpRequest, act: Act, chosen: list[AccessRequest], form: Form) -> HttpResponse:
    """The page that asks for the question or the reason."""
    context = {
        "act": act,
        "title": act.heading(len(chosen)),
        "chosen": [(one, queue_page.pick(one)) for one in chosen],
        "form": form,
    }
    return render(request, "desk/bulk.html", context)


def _result(request: HttpRequest, act: Act, result: Result) -> HttpResponse:
    """What was done, and what was not and why. If all of it was done, the queue says so."""
    n = len(result.done)
    match act:
        case Act.ASSIGN:
            done = _assigned(n) if any(one.owner for one in result.done) else _unassigned(n)
        case Act.ASK:
            done = ngettext("The question was sent to %(n)s person.", "The question was sent to %(n)s people.", n)
        case Act.DENY:
            done = ngettext("%(n)s request was denied.", "%(n)s requests were denied.", n)
        case Act.EXTEND:
            done = ngettext("The access of %(n)s person was extended.", "The access of %(n)s people was extended.", n)
    owners = get_text_list(list(dict.fromkeys(str(one.owner) for one in result.done)), _("and"))
    done = done % {"n": n, "owner": owners}
    if not result.failed:
        messages.success(request, done)
        return redirect("desk:requests")
    typed = request.POST.get("text", "") or request.POST.get("reason", "")
    context = {"act": act, "done": done if n else "", "result": result, "typed": typed}
    return render(request, "desk/bulk_result.html", context)


def _assigned(n: int) -> str:
    return ngettext("%(n)s request is assigned to %(owner)s.", "%(n)s requests are assigned to %(owner)s.", n)


def _unassigned(n: int) -> str:
    return ngettext("%(n)s request has no owner now.", "%(n)s requests have no owner now.", n)


def _colleague(pk: str) -> User | Literal[False] | None:
    """The colleague with that id, None for nobody, False if there is none."""
    if pk == NOBODY:
        return None
    return people.deciders().filter(pk=ids.typed(pk)).first() or False


def _given(given: AccessRequest, to: User | None) -> str:
    if given.owner is None:
        return _("The request has no owner now.")
    if to is not None and given.owner.pk != to.pk:
        names = {"owner": str(given.owner), "away": str(to)}
        return _("%(away)s is away. Assigned to %(owner)s, who stands in.") % names
    return _("Assigned to %(owner)s.") % {"owner": str(given.owner)}
