"""Which requests a person may open. Somebody else's request answers like one that does not exist."""

from django.db.models import QuerySet

from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter.accounts.models import User


def own_requests(person: User) -> QuerySet[AccessRequest]:
    """The person's requests. A draft is not among them: nobody has confirmed its address yet."""
    return AccessRequest.objects.filter(requester=person).exclude(status=RequestStatus.DRAFT)
