"""The conditions an open request waits for. Read from what happened, so that no flag can disagree with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from ndaflow.agreements.coverage import signature_covering
from ndaflow.agreements.models import Signature
from ndaflow.requests.models import AccessRequest, RequestedDocument


class Gate(models.TextChoices):
    SIGNATURE = "signature", _("Your signature")
    REVIEW = "review", _("Our review")
    ANSWER = "answer", _("Your answer")


@dataclass(frozen=True)
class Gates:
    """Which gates are up, in the order in which the request's page tells of them."""

    up: tuple[Gate, ...]
    signature: Signature | None

    @property
    def next(self) -> Gate | None:
        """The gate to tell of first: what the requester can do comes before what we owe them."""
        for gate in (Gate.ANSWER, Gate.SIGNATURE, Gate.REVIEW):
            if gate in self.up:
                return gate
        return None


def read(request: AccessRequest, items: Sequence[RequestedDocument], instant: datetime) -> Gates:
    """The gates of `request` at `instant`; `items` are all its documents.

    Whatever is not proven to be down is up: a request without documents, or without a person, never passes.
    """
    signature = signature_covering(request.requester, instant) if request.requester else None
    up = []
    if signature is None:
        up.append(Gate.SIGNATURE)
    if not items or any(item.outcome == RequestedDocument.Outcome.PENDING for item in items):
        up.append(Gate.REVIEW)
    if request.questions.filter(answered_at=None).exists():
        up.append(Gate.ANSWER)
    return Gates(tuple(up), signature)
