"""The risks of a request kept in its row, so that a list can show and filter them without computing each.

They are as old as `risks_at`; the page of the request and the decision compute them again.
"""

from datetime import datetime

from ndaflow.agreements.coverage import covering
from ndaflow.requests import gates, risks
from ndaflow.requests.earlier import Earlier, with_held
from ndaflow.requests.models import AccessRequest, RequestStatus
from ndaflow.requests.risks import Kind


def note(request: AccessRequest, at: datetime) -> None:
    """Computes the risks of an open request and keeps their codes, warnings first."""
    if request.requester is None:
        return
    items = list(with_held(request.items.select_related("document__level"), at))
    earlier = Earlier(request)
    found = risks.warnings(request, covering(request.requester, gates.required(items), at, new=True), earlier)
    found += risks.notes(request, items, reader=request.requester, earlier=earlier)
    # Whose own request it is depends on who looks.
    kinds = [one.kind for one in found if one.kind is not Kind.OWN_REQUEST]
    AccessRequest.objects.filter(pk=request.pk, status=RequestStatus.OPEN).update(
        risks=[kind.value for kind in kinds], has_warning=any(kind.is_warning for kind in kinds), risks_at=at
    )
