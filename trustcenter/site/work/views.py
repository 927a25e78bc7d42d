"""The page of background work at the desk: what failed, why, and the buttons to start it again or to dismiss it."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.site.work import flows
from trustcenter.work import queue, tasks
from trustcenter.work.models import Task

PAGE = 50


@require_GET
@permission_required("work.view_task", raise_exception=True)
def work(request: HttpRequest) -> HttpResponse:
    """What has failed or is being tried again, newest first, and how much waits in each lane."""
    page = Paginator(queue.troubled(), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "lines": tasks.lines(page), "lanes": queue.lanes()}
    return render(request, "desk/work.html", context)


@require_POST
@permission_required("work.manage_task", raise_exception=True)
def retry(request: HttpRequest, id: str) -> HttpResponse:
    """Starts one task again."""
    return _settle(request, id, flows.retry, _("It starts again now."))


@require_POST
@permission_required("work.manage_task", raise_exception=True)
def dismiss(request: HttpRequest, id: str) -> HttpResponse:
    """Dismisses one task."""
    return _settle(request, id, flows.dismiss, _("Dismissed. It will not be tried again."))


def _settle(request: HttpRequest, id: str, step: Callable[..., None], done: str) -> HttpResponse:
    task = get_object_or_404(Task, pk=id)
    try:
        step(task, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("work:work")
