"""What each document of an open request waits for, computed from the rows, so that no flag can disagree with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from ndaflow.agreements.coverage import signature_covering
from ndaflow.agreements.models import Signature
from ndaflow.requests.models import AccessRequest, RequestedDocument

Outcome = RequestedDocument.Outcome


class Gate(models.TextChoices):
    """One condition. A requested document opens when none is left."""

    SIGNATURE = "signature", _("Your signature")
    REVIEW = "review", _("Our review")
    ANSWER = "answer", _("Your answer")


# The order in which a page names gates: the requester's steps come before ours.
ORDER = (Gate.ANSWER, Gate.SIGNATURE, Gate.REVIEW)


@dataclass(frozen=True)
class Gates:
    """The gates of a request: of each document by its row's id, and the signature that covers the requester."""

    by_item: dict[int, tuple[Gate, ...]]
    signature: Signature | None

    def of(self, item: RequestedDocument) -> tuple[Gate, ...]:
        """What the document waits for, the first to name first; nothing for a document that is settled."""
        return self.by_item[item.pk]

    @property
    def up(self) -> tuple[Gate, ...]:
        """Every gate that some document waits for, the first to name first."""
        return tuple(gate for gate in ORDER if any(gate in gates for gates in self.by_item.values()))

    @property
    def next(self) -> Gate | None:
        """The gate to name first."""
        return self.up[0] if self.up else None


def read(request: AccessRequest, items: Sequence[RequestedDocument], instant: datetime) -> Gates:
    """The gates of `request` at `instant`; `items` are all its documents, with their levels.

    A gate counts as waiting unless it has provably passed: without a person, nobody has signed.
    """
    signature = signature_covering(request.requester, instant) if request.requester else None
    asked = request.questions.filter(answered_at=None).exists()
    return Gates({item.pk: left(item, signature, asked) for item in items}, signature)


def left(item: RequestedDocument, signature: Signature | None, asked: bool) -> tuple[Gate, ...]:
    """What the document waits for: with the signature that covers its requester, and a question open or not."""
    if item.is_settled:
        return ()
    up = set()
    if signature is None:
        up.add(Gate.SIGNATURE)
    # Its level may have become stricter since it was approved.
    if not item.is_approved or not item.has_its_approvals(item.decisions.all()):
        up.add(Gate.REVIEW)
    if asked:
        up.add(Gate.ANSWER)
    return tuple(gate for gate in ORDER if gate in up)
