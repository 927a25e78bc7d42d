"""Which records of the log people get receipts for: their signatures, signed copies, grants and downloads."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from documents.models import Delivery
from ndaflow.agreements.models import Signature
from ndaflow.requests.models import AccessRequest
from trustcenter.accounts.models import User
from trustcenter.audit import receipts
from trustcenter.audit.actions import Action
from trustcenter.audit.log import subject_of
from trustcenter.audit.models import Record


class Kind(models.TextChoices):
    """What a receipt is about. The value stands in its address."""

    SIGNATURE = "signature", _("Receipt of the signature")
    COPY = "copy", _("Receipt of the signed copy")
    GRANT = "grant", _("Receipt of the grant")
    DELIVERY = "delivery", _("Receipt")
    READING = "reading", _("Receipt of the reading")

    @property
    def action(self) -> Action:
        match self:
            case Kind.SIGNATURE:
                return Action.REQUEST_SIGNED
            case Kind.COPY:
                return Action.AGREEMENT_SEALED
            case Kind.GRANT:
                return Action.REQUEST_GRANTED
            case Kind.READING:
                return Action.READING_STARTED
            case _:
                return Action.DELIVERY_FINISHED


@dataclass(frozen=True)
class Slip:
    """A receipt that a page offers, or announces while it is too young."""

    kind: Kind
    id: str
    is_ready: bool


Thing = Signature | AccessRequest | Delivery


def with_signed_copy(signature: Signature) -> list[tuple[str, str]]:
    """What the mail with the signed copy attaches: the PDF and two receipts, read at hand-over."""
    return [
        ("signed_copy", signature.pk),
        ("receipt", f"{Kind.SIGNATURE}-{signature.pk}"),
        ("receipt", f"{Kind.COPY}-{signature.pk}"),
    ]


def slips(things: Iterable[Thing]) -> dict[str, list[Slip]]:
    """The receipts of each of these, by its id; two queries for all of them."""
    kinds = {(kind, thing.pk): _subject(kind, thing) for thing in things for kind in _kinds(thing)}
    if not kinds:
        return {}
    covered = receipts.covered()
    numbers = _numbers(set(kinds.values()))
    found: dict[str, list[Slip]] = {}
    for (kind, id), subject in kinds.items():
        number = numbers.get((kind, id if kind == Kind.SIGNATURE else subject))
        if number is not None:
            found.setdefault(id, []).append(Slip(kind, id, is_ready=number < covered))
    return found


def find(kind: Kind, id: str, *, owner: User | None = None) -> Record | None:
    """The record that a receipt is about; with an owner, only if it is theirs."""
    mine: dict[str, Any] = {} if owner is None else {_owner(kind): owner}
    thing: Thing | None = _model(kind).objects.filter(pk=id, **mine).first()
    if thing is None:
        return None
    subject = _subject(kind, thing)
    number = _numbers({subject}).get((kind, id if kind == Kind.SIGNATURE else subject))
    return Record.objects.select_related("detail").filter(number=number).first() if number is not None else None


def _numbers(subjects: set[str]) -> dict[tuple[Kind, str], int]:
    """Numbers of the newest record of each kind about each subject that still has its words."""
    by_action = {kind.action: kind for kind in Kind}
    records = Record.objects.filter(subject__in=subjects, action__in=by_action, detail__erased_by=None)
    found = {}
    for number, action, subject, body in records.order_by("number").values_list(
        "number", "action", "subject", "detail__body"
    ):
        kind = by_action[Action(action)]
        # A request may be signed again under a newer text; its record says which signature it was.
        found[kind, json.loads(body)["signature"] if kind == Kind.SIGNATURE else subject] = number
    return found


def _kinds(thing: Thing) -> list[Kind]:
    match thing:
        case Signature():
            return [Kind.SIGNATURE, Kind.COPY]
        case AccessRequest():
            return [Kind.GRANT]
        case Delivery() if thing.kind == Delivery.Kind.READING:
            return [Kind.READING]
        case _:
            return [Kind.DELIVERY]


def _subject(kind: Kind, thing: Thing) -> str:
    if kind == Kind.SIGNATURE and isinstance(thing, Signature):
        return f"{AccessRequest._meta.model_name}:{thing.request_id}"
    return subject_of(thing)


def _model(kind: Kind) -> Any:
    match kind:
        case Kind.SIGNATURE | Kind.COPY:
            return Signature
        case Kind.GRANT:
            return AccessRequest
        case _:
            return Delivery


def _owner(kind: Kind) -> str:
    match kind:
        case Kind.SIGNATURE | Kind.COPY:
            return "signer"
        case Kind.GRANT:
            return "requester"
        case _:
            return "reader"
