"""Agreements that a person has to sign again, for their own page."""

from dataclasses import dataclass

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from ndaflow.agreements.models import AgreementVersion, Coverage
from ndaflow.requests.models import AccessRequest, RequestStatus
from ndaflow.requests.my_access import Mine
from ndaflow.requests.progress import State

# Requests through which their requester can sign.
USABLE = (RequestStatus.OPEN, RequestStatus.GRANTED)


@dataclass(frozen=True)
class SignAgain:
    """What to sign, through which request, what covered the person before, and the titles of the closed documents."""

    version: AgreementVersion
    request: AccessRequest
    former: Coverage
    closed: list[str]

    @property
    def closed_words(self) -> str:
        return get_text_list(self.closed, _("and"))


def wanted(mine: Mine) -> list[SignAgain]:
    """The agreements that covered the person once and have to be signed before the next document.

    None without a request through which they could sign: they sign when they next ask.
    """
    found = []
    for slug, needs in mine.agreed.agreements.items():
        rows = [row for row in mine.rows if slug in row.item.document.required_agreements]
        usable = [row.item.request for row in rows if row.item.request.status in USABLE]
        if needs.former is None or needs.version is None or not needs.is_missing or not usable:
            continue
        closed = {row.item.document.in_language("title")[0]: None for row in rows if row.state is State.SIGN_AGAIN}
        newest = max(usable, key=lambda one: one.opened_at or one.created_at)
        found.append(SignAgain(needs.version, newest, needs.former, list(closed)))
    return found
