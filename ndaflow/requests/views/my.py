"""What a person may read, has requested, has signed and has downloaded, and the receipts for it."""

from django.contrib import messages
from django.db.models import Case, Exists, OuterRef, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from documents.models import AccessGrant, Delivery
from ndaflow.agreements.models import Coverage, Scope, Signature
from ndaflow.agreements.papers.models import Paper
from ndaflow.requests import colleagues, my_access, receipts, signing_again
from ndaflow.requests.copies.models import DestructionRequest
from trustcenter.accounts import flows as accounts
from trustcenter.accounts.models import Session, User
from trustcenter.accounts.signed_in import person
from trustcenter.audit import receipts as log

# Downloads and readings on the page.
NEWEST = 50
# Browsers in which the person is signed in.
NEWEST_SESSIONS = 24


@require_GET
def my(request: HttpRequest) -> HttpResponse:
    """The person's documents first, then their requests, agreements, downloads and receipts."""
    now = timezone.now()
    mine = my_access.read(person(request), now)
    over = Coverage.objects.filter(signature=OuterRef("pk"), scope=Scope.PERSON, ended_at__isnull=False)
    signatures = Signature.objects.filter(signer=person(request)).annotate(has_ended=Exists(over))
    signatures = signatures.select_related("version__agreement", "copy").defer("version__text", "evidence")
    grants = AccessGrant.objects.filter(holder=person(request), requested_document__isnull=False)
    grants = grants.select_related("document__level", "requested_document")
    papers = Paper.objects.filter(added_by=person(request), state=Paper.State.ACCEPTED).exclude(request=None)
    # What staff open at the desk has no receipt.
    deliveries = Delivery.objects.filter(reader=person(request), grant__isnull=False).select_related(
        "version__document"
    )[:NEWEST]
    here = request.session.session_key
    sessions = Session.objects.filter(person=person(request), expire_date__gt=now).defer("session_data")
    # This one first: it is shown however old it is.
    sessions = sessions.order_by(Case(When(session_key=here, then=0), default=1), "-began_at")
    shown = list(sessions[: NEWEST_SESSIONS + 1])
    again = signing_again.wanted(mine)
    return render(
        request,
        "requests/my.html",
        {
            "again": again,
            "to_destroy": DestructionRequest.objects.filter(holder=person(request), answer=""),
            "outdated": {one.former.signature_id for one in again},
            "rows": my_access.documents(mine.rows),
            "requests": my_access.requests(mine.rows),
            "covered": [one for one in mine.agreed.coverage.values() if not _is_own(one, person(request))],
            "signatures": signatures,
            "deliveries": deliveries,
            "proofs": receipts.proofs(grants, signatures, papers.select_related("agreement", "copy"), deliveries),
            "colleagues": colleagues.with_access(person(request), now),
            "sessions": shown[:NEWEST_SESSIONS],
            "older": sessions.count() - NEWEST_SESSIONS if len(shown) > NEWEST_SESSIONS else 0,
            "here": here,
        },
    )


def _is_own(coverage: Coverage, reader: User) -> bool:
    """Whether it rests on a signature of the reader, which the page lists anyway."""
    return coverage.signature is not None and coverage.signature.signer_id == reader.pk


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Ends one of the person's sessions elsewhere, or all of them but this one."""
    here, handle = request.session.session_key or "", request.POST.get("session", "")
    if accounts.end_sessions(by=person(request), here=here, handle=handle):
        messages.success(request, _("Ended. That browser has to sign in again."))
    else:
        messages.info(request, _("There is no other session to end."))
    return redirect(f"{reverse('requests:my')}#sessions")


@require_GET
def receipt(request: HttpRequest, kind: str, id: str) -> HttpResponse:
    """One of the person's own receipts, as a file."""
    if kind not in receipts.Kind.values:
        raise Http404
    record = receipts.find(receipts.Kind(kind), id, owner=person(request))
    if record is None:
        raise Http404
    try:
        text, status = log.receipt(record), 200
    except log.TooYoung:
        text, status = _("This receipt will be ready within a minute. Please try again then."), 503
    except log.Unprovable as wrong:
        text, status = str(wrong), 409
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    if status == 200:
        response["Content-Disposition"] = f'attachment; filename="{kind}-{id}.tlog-proof"'
    elif status == 503:
        response["Retry-After"] = "60"
    return response
