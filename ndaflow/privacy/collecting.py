"""Everything that is held about a person, part by part, as the export writes it (GDPR, Articles 15 and 20)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, BinaryIO

from allauth.account.models import EmailAddress
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certifications.models import Subscription, SubscriptionRequest
from certifications.models.subscriptions import SubscribedTopic
from documents.models import AccessGrant, Delivery, Document, DocumentVersion, ReadPage
from ndaflow.agreements.models import Agreement, AgreementVersion, Signature
from ndaflow.agreements.papers.models import CountersignedPaper, Paper
from ndaflow.invitations.models import Invitation
from ndaflow.objections.models import Objection
from ndaflow.privacy.models import Erasure, Export
from ndaflow.privacy.rows import whom
from ndaflow.requests import receipts
from ndaflow.requests.copies.models import DestructionRequest
from ndaflow.requests.following.models import Follower
from ndaflow.requests.models import AccessRequest, Decision, Question, RequestedDocument
from trustcenter.accounts.models import Session, User
from trustcenter.audit import erasing, history
from trustcenter.audit import receipts as log
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.vault import files as vault
from trustcenter.vault.models import StoredFile
from trustcenter.work.models import Mail

# Rows that are named by their title, not by their key.
TITLED = (Document, DocumentVersion, Agreement, AgreementVersion)
BATCH = 500
# That somebody is on the list; see the introduction of the file, which says so to everyone.
LIST = frozenset({Action.LISTED, Action.UNLISTED, Action.LIST_KEPT, Action.LIST_ENDED})


@dataclass(frozen=True)
class Part:
    """Rows of one model. `without` are fields that are not the person's: secrets, and what staff write to each other."""

    name: str
    title: str | Promise
    rows: Callable[[User], QuerySet[Any]]
    without: frozenset[str] = frozenset()

    def entries(self, person: User) -> list[dict[str, Any]]:
        """The rows as JSON holds them."""
        rows = self.rows(person)
        titled = [field.name for field in rows.model._meta.concrete_fields if field.related_model in TITLED]
        if titled:
            rows = rows.select_related(*titled)
        return [self._entry(row, person) for row in rows]

    def _entry(self, row: models.Model, person: User) -> dict[str, Any]:
        return {
            field.name: _value(row, field, person)
            for field in row._meta.concrete_fields
            if field.name not in self.without
            and field.related_model is not StoredFile
            and not isinstance(field, models.BinaryField)
        }


def _value(row: models.Model, field: Any, person: User) -> Any:
    value = getattr(row, field.attname)
    if value is None:
        return None
    if field.related_model is User:
        # Other people have rights too (GDPR, Article 15(4)).
        return "you" if value == person.pk else "somebody else"
    if field.related_model in TITLED:
        return str(getattr(row, field.name))
    return value.isoformat() if isinstance(value, datetime | date) else value


PARTS: tuple[Part, ...] = (
    Part(
        "account",
        _("Your account"),
        lambda person: User.objects.filter(pk=person.pk).select_related("company"),
        without=frozenset({"password"}),
    ),
    Part("addresses", _("Addresses that you confirmed"), lambda person: EmailAddress.objects.filter(user=person)),
    Part(
        "sessions",
        _("Browsers in which you are signed in"),
        lambda person: Session.objects.filter(person=person),
        without=frozenset({"session_key", "session_data"}),
    ),
    Part(
        "requests",
        _("Your requests"),
        lambda person: AccessRequest.objects.filter(requester=person),
        without=frozenset({"session_hash", "step"}),
    ),
    Part(
        "invitations",
        _("Our invitations to you"),
        lambda person: Invitation.objects.filter(email=person.email),
        without=frozenset({"document_set"}),
    ),
    Part(
        "objections",
        _("Your objections to subprocessors, and our answers"),
        lambda person: Objection.objects.filter(person=person),
    ),
    Part(
        "requested-documents",
        _("The documents that you requested"),
        lambda person: RequestedDocument.objects.filter(request__requester=person),
    ),
    Part(
        "decisions",
        _("What was decided about your requests"),
        lambda person: Decision.objects.filter(item__request__requester=person),
        without=frozenset({"despite", "rule_facts"}),
    ),
    Part("questions", _("Our questions"), lambda person: Question.objects.filter(request__requester=person)),
    Part(
        "colleagues",
        _("Colleagues who are told about your requests, and requests about which you are told"),
        lambda person: Follower.objects.filter(Q(request__requester=person) | Q(email=person.email)),
    ),
    Part("signatures", _("Your signatures, with their evidence"), lambda person: person.signatures.all()),
    Part(
        "papers",
        _("Agreements on paper that you sent, or that cover you"),
        lambda person: Paper.objects.filter(Q(added_by=person) | Q(person=person)),
    ),
    Part("coverage", _("Agreements that cover you"), lambda person: person.coverage.all()),
    Part("access", _("Your access"), lambda person: AccessGrant.objects.filter(holder=person)),
    Part(
        "downloads",
        _("What you downloaded and read"),
        lambda person: Delivery.objects.filter(reader=person),
        without=frozenset({"session_hash"}),
    ),
    Part("read-pages", _("The pages that you read"), lambda person: ReadPage.objects.filter(delivery__reader=person)),
    Part(
        "copies",
        _("Our requests to destroy copies, and your answers"),
        lambda person: DestructionRequest.objects.filter(holder=person),
    ),
    Part(
        "mails",
        _("E-mails to you"),
        lambda person: Mail.objects.filter(to=person.email),
        # An answer to a code that still works.
        without=frozenset({"body", "attachments", "unsubscribe"}),
    ),
    Part(
        "subscription",
        _("Updates that you get by e-mail"),
        lambda person: Subscription.objects.filter(address=person.email),
        without=frozenset({"token"}),
    ),
    Part(
        "subscription-topics",
        _("The topics that you chose"),
        lambda person: SubscribedTopic.objects.filter(subscription__address=person.email),
    ),
    Part(
        "subscription-requests",
        _("Subscriptions that nobody has confirmed"),
        lambda person: SubscriptionRequest.objects.filter(address=person.email),
        without=frozenset({"digest"}),
    ),
    Part("exports", _("Files with your data"), lambda person: Export.objects.filter(person=person)),
    Part("erasures", _("Your requests to erase your data"), lambda person: Erasure.objects.filter(person=person)),
)


def log_of(person: User) -> Iterator[dict[str, Any]]:
    """What the log says about the person. What staff did is named by its kind: its details stand in the other parts."""
    numbers = erasing.find(whom(person))
    for start in range(0, len(numbers), BATCH):
        records = Record.objects.filter(number__in=numbers[start : start + BATCH]).order_by("number")
        for row in records.select_related("detail"):
            if row.action in LIST and row.actor != person.pk:
                continue
            entry = history.entry(row)
            said: dict[str, Any] = {"number": entry.number, "at": entry.at.isoformat(), "what": str(entry.action.kind)}
            if row.actor == person.pk:
                said |= {"what": entry.text, "details": entry.detail}
            yield said


def files_of(person: User) -> Iterator[tuple[str, Callable[[], BinaryIO]]]:
    """The names of the person's files, each with how to open it."""
    for signature in person.signatures.exclude(copy=None).select_related("copy__file", "version__agreement"):
        yield f"signed/{signature.pk}.pdf", partial(vault.open, signature.copy, "file")
    for paper in Paper.objects.filter(added_by=person).select_related("file"):
        yield f"papers/{paper.pk}.pdf", partial(vault.open, paper, "file")
    for copy in CountersignedPaper.objects.filter(paper__added_by=person).select_related("file"):
        yield f"papers/{copy.pk}-countersigned.pdf", partial(vault.open, copy, "file")


def receipts_of(person: User) -> Iterator[tuple[str, str]]:
    """The names and texts of the person's receipts, as far as a checkpoint covers them."""
    grants = AccessGrant.objects.filter(holder=person, requested_document__isnull=False)
    things = [
        *grants.select_related("document", "requested_document"),
        *Signature.objects.filter(signer=person).select_related("version__agreement", "copy"),
        *Paper.objects.filter(added_by=person).exclude(request=None),
        *Delivery.objects.filter(reader=person, grant__isnull=False).select_related("version__document"),
    ]
    for slips in receipts.slips(things).values():
        for slip in slips:
            record = receipts.find(slip.kind, slip.id, owner=person) if slip.is_ready else None
            if record is None:
                continue
            try:
                yield f"receipts/{slip.kind}-{slip.id}.tlog-proof", log.receipt(record)
            except (log.TooYoung, log.Unprovable):
                continue


def written(value: Any) -> bytes:
    """JSON for people and programs."""
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=False).encode()
