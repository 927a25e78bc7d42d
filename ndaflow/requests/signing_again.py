"""A newer version of the agreement that a former signer has to sign, for their own page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ndaflow.agreements.coverage import NEEDED, signature_covering, version_in_force
from ndaflow.agreements.models import AgreementVersion, Signature
from ndaflow.requests.models import AccessRequest, RequestStatus
from ndaflow.requests.progress import Row, State
from trustcenter.accounts.models import User


@dataclass(frozen=True)
class SignAgain:
    """What to sign, through which request, what was signed before, and the titles of the documents that are closed."""

    version: AgreementVersion
    request: AccessRequest
    former: Signature
    closed: list[str]


def needed(person: User, signatures: Iterable[Signature], rows: Sequence[Row], now: datetime) -> SignAgain | None:
    """What the person has to sign again before the next document, or None; `rows` are all their documents.

    Also None without a request through which they could sign: they sign when they next ask.
    """
    live = [one for one in signatures if one.superseded_at is None and one.version.agreement.kind == NEEDED]
    version = version_in_force(now) if live else None
    if version is None or live[0].version_id == version.pk or signature_covering(person, now):
        return None
    usable = AccessRequest.objects.filter(requester=person, status__in=[RequestStatus.OPEN, RequestStatus.GRANTED])
    request = usable.order_by("-opened_at").first()
    if request is None:
        return None
    closed = {row.item.document.title: None for row in rows if row.state is State.SIGN_AGAIN}
    return SignAgain(version, request, live[0], list(closed))
