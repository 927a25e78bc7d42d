"""The receipts that people get: for their signatures, papers, signed copies, grants, downloads and readings."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.models import AccessGrant, Delivery
from ndaflow.agreements.models import Signature
from ndaflow.agreements.papers.models import Paper
from ndaflow.requests.models import AccessRequest
from trustcenter.accounts.models import User
from trustcenter.audit import receipts
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.audit.text import subject_of


class Kind(models.TextChoices):
    """What a receipt is about. The value is part of the receipt's URL."""

    SIGNATURE = "signature", gettext_lazy("Receipt of the signature")
    COPY = "copy", gettext_lazy("Receipt of the signed copy")
    PAPER = "paper", gettext_lazy("Receipt of the acceptance")
    COUNTERSIGNED = "countersigned", gettext_lazy("Receipt of the countersigned copy")
    GRANT = "grant", gettext_lazy("Receipt of the grant")
    DELIVERY = "delivery", gettext_lazy("Receipt of the download")
    READING = "reading", gettext_lazy("Receipt of the reading")

    @property
    def action(self) -> Action:
        match self:
            case Kind.SIGNATURE:
                return Action.REQUEST_SIGNED
            case Kind.COPY:
                return Action.AGREEMENT_SEALED
            case Kind.PAPER:
                return Action.PAPER_ACCEPTED
            case Kind.COUNTERSIGNED:
                return Action.PAPER_SEALED
            case Kind.GRANT:
                return Action.REQUEST_GRANTED
            case Kind.READING:
                return Action.READING_STARTED
            case _:
                return Action.DELIVERY_FINISHED

    @property
    def model(self) -> Any:
        match self:
            case Kind.SIGNATURE | Kind.COPY:
                return Signature
            case Kind.PAPER | Kind.COUNTERSIGNED:
                return Paper
            case Kind.GRANT:
                return AccessGrant
            case _:
                return Delivery

    @property
    def owner(self) -> str:
        """The field of the model that names the person whose receipt it is."""
        match self:
            case Kind.SIGNATURE | Kind.COPY:
                return "signer"
            case Kind.PAPER | Kind.COUNTERSIGNED:
                return "added_by"
            case Kind.GRANT:
                return "holder"
            case _:
                return "reader"


@dataclass(frozen=True)
class Slip:
    """A receipt on a page: one to download, or one that no checkpoint covers yet."""

    kind: Kind
    id: str
    is_ready: bool


@dataclass(frozen=True)
class Proof:
    """Something that has receipts: what it was, when, and the SHA-256 of its file if there is one."""

    what: str
    at: datetime
    sha256: str
    slips: list[Slip]
    # The id of the paper whose countersigned copy can be downloaded, or "".
    paper: str = ""


# Their records are about the request, and name inside which of its signatures and grants they are about.
NAMED_INSIDE = (Kind.SIGNATURE, Kind.GRANT)
Thing = Signature | Paper | AccessGrant | Delivery


def slips(things: Iterable[Thing]) -> dict[str, list[Slip]]:
    """The receipts of each of these, by its id; two queries for all of them."""
    kinds = {(kind, thing.pk): _subject(kind, thing) for thing in things for kind in _kinds(thing)}
    if not kinds:
        return {}
    covered = receipts.covered()
    numbers = _numbers(set(kinds.values()))
    found: dict[str, list[Slip]] = {}
    for (kind, id), subject in kinds.items():
        number = numbers.get((kind, id if kind in NAMED_INSIDE else subject))
        if number is not None:
            found.setdefault(id, []).append(Slip(kind, id, is_ready=number < covered))
    return found


def proofs(
    grants: Iterable[AccessGrant],
    signatures: Iterable[Signature],
    papers: Iterable[Paper],
    deliveries: Iterable[Delivery],
) -> list[Proof]:
    """Those of a person's things that have a receipt, the newest first."""
    grants, signatures, papers, deliveries = list(grants), list(signatures), list(papers), list(deliveries)
    found = slips([*grants, *signatures, *papers, *deliveries])
    listed = []
    for grant in grants:
        what = _("Access to %(document)s") % {"document": grant.document.title}
        listed.append(Proof(what, grant.starts_at, "", found.get(grant.pk, [])))
    for signature in signatures:
        sha256 = signature.copy.sha256 if hasattr(signature, "copy") else ""
        listed.append(Proof(str(signature.version), signature.signed_at, sha256, found.get(signature.pk, [])))
    for paper in papers:
        copied = hasattr(paper, "copy")
        sha256, key = (paper.copy.sha256, paper.pk) if copied else (paper.sha256, "")
        what = _("%(agreement)s on paper") % {"agreement": paper.agreement.title}
        listed.append(Proof(what, paper.decided_at or paper.added_at, sha256, found.get(paper.pk, []), key))
    for delivery in deliveries:
        what = _("%(document)s, copy %(code)s") % {"document": delivery.version.document.title, "code": delivery.code}
        listed.append(Proof(what, delivery.started_at, delivery.sha256, found.get(delivery.pk, [])))
    return sorted((proof for proof in listed if proof.slips), key=lambda proof: proof.at, reverse=True)


def find(kind: Kind, id: str, *, owner: User | None = None) -> Record | None:
    """The record that a receipt is about; with an owner, only if it is theirs."""
    mine: dict[str, Any] = {} if owner is None else {kind.owner: owner}
    thing: Thing | None = kind.model.objects.filter(pk=id, **mine).first()
    if thing is None:
        return None
    subject = _subject(kind, thing)
    number = _numbers({subject}).get((kind, id if kind in NAMED_INSIDE else subject))
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
        for name in _names(kind, subject, json.loads(body)):
            found[kind, name] = number
    return found


def _names(kind: Kind, subject: str, detail: dict[str, Any]) -> list[str]:
    """What a record is a receipt of."""
    match kind:
        case Kind.SIGNATURE:
            # A request may be signed again under a newer text; its record says which signature it was.
            return [detail["signature"]]
        case Kind.GRANT:
            # The documents of a request open one after the other, or several at once.
            return [one["grant"] for one in detail["grants"]]
        case _:
            return [subject]


def _kinds(thing: Thing) -> list[Kind]:
    match thing:
        case Signature():
            return [Kind.SIGNATURE, Kind.COPY]
        case Paper():
            return [Kind.PAPER, Kind.COUNTERSIGNED]
        case AccessGrant():
            return [Kind.GRANT]
        case Delivery() if thing.kind == Delivery.Kind.READING:
            return [Kind.READING]
        case _:
            return [Kind.DELIVERY]


def _subject(kind: Kind, thing: Thing) -> str:
    if kind == Kind.SIGNATURE and isinstance(thing, Signature):
        # One that was signed by itself has a record of its own.
        return thing.subject
    if isinstance(thing, AccessGrant):
        return f"{AccessRequest._meta.model_name}:{thing.requested_document.request_id}"
    return subject_of(thing)
