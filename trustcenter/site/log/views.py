from datetime import UTC, date, datetime, time

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from trustcenter.accounts.models import User, normalise_email
from trustcenter.audit import history, receipts
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Head, Record

PAGE = 50


@require_GET
@permission_required("audit.view_record", raise_exception=True)
def audit_log(request: HttpRequest) -> HttpResponse:
    """The log, newest first, by action, person, subject and day; what cannot be read as a filter filters nothing out."""
    chosen = {
        name: request.GET.get(name, "").replace("\0", "").strip()[:100]
        for name in ("action", "person", "subject", "since", "until")
    }
    records = Record.objects.select_related("detail").order_by("-number")
    if chosen["action"] in Action.values:
        records = records.filter(action=chosen["action"])
    if chosen["person"]:
        people = User.objects.filter(
            Q(email__contains=normalise_email(chosen["person"])) | Q(name__icontains=chosen["person"])
        )
        records = records.filter(actor__in=people.values("pk"))
    if chosen["subject"]:
        records = records.filter(subject=chosen["subject"])
    if since := _day(chosen["since"]):
        records = records.filter(at__gte=datetime.combine(since, time.min, UTC))
    if until := _day(chosen["until"]):
        records = records.filter(at__lte=datetime.combine(until, time.max, UTC))
    page = Paginator(records, PAGE).get_page(request.GET.get("page"))
    size, signed = Head.objects.filter(id=1).values_list("size", flat=True).first() or 0, receipts.newest()
    return render(
        request,
        "desk/audit.html",
        {
            "page": page,
            "entries": [history.entry(row) for row in page],
            "actions": Action,
            "chosen": chosen,
            "filtered": any(chosen.values()),
            "size": size,
            "signed": signed,
            "late": receipts.is_late(signed.size if signed else 0),
        },
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
