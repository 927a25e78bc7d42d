"""What each document of an open request waits for, computed from the rows, so that no flag can disagree with them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from ndaflow.agreements.coverage import covering
from ndaflow.agreements.models import Coverage
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
    """The gates of a request: of each document by its row's id, and what covers the requester, by agreement."""

    by_item: dict[int, tuple[Gate, ...]]
    coverage: Mapping[str, Coverage]

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
    coverage = covering(request.requester, required(items), instant, new=True)
    asked = request.questions.filter(answered_at=None).exists()
    return Gates({item.pk: left(item, coverage, asked) for item in items}, coverage)


def required(items: Iterable[RequestedDocument]) -> tuple[str, ...]:
    """The slugs of the agreements that these documents require, each once, in the order of the documents."""
    return tuple(dict.fromkeys(slug for item in items for slug in item.document.required_agreements))


def missing(item: RequestedDocument, covered: Collection[str]) -> tuple[str, ...]:
    """The agreements that the document requires and that do not cover its requester."""
    return tuple(slug for slug in item.document.required_agreements if slug not in covered)


def left(item: RequestedDocument, covered: Collection[str], asked: bool) -> tuple[Gate, ...]:
    """What the document waits for: with the agreements that cover its requester, and a question open or not."""
    if item.is_settled:
        return ()
    up = set()
    if missing(item, covered):
        up.add(Gate.SIGNATURE)
    # Its level may have become stricter since it was approved.
    if not item.is_approved or item.lacks_approvals:
        up.add(Gate.REVIEW)
    if asked:
        up.add(Gate.ANSWER)
    return tuple(gate for gate in ORDER if gate in up)
