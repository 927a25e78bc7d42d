"""The rows that belong to one person, by their names in the log."""

from typing import Any

from django.db.models import CharField, F, Model, QuerySet, Value
from django.db.models.functions import Concat

from documents.models import AccessGrant, Delivery, DocumentVersion, Trace
from ndaflow.agreements.models import Signature
from ndaflow.agreements.papers.models import Paper
from ndaflow.invitations.models import Invitation
from ndaflow.objections.models import Objection
from ndaflow.privacy.models import Erasure, Export
from ndaflow.requests.copies.models import DestructionRequest
from ndaflow.requests.models import AccessRequest
from trustcenter.accounts.models import User
from trustcenter.audit.erasing import Whom

# Rows that belong to one person, and the field that says whose they are.
THEIRS: tuple[tuple[type[Model], str], ...] = (
    (AccessRequest, "requester"),
    (Signature, "signer"),
    (AccessGrant, "holder"),
    (Delivery, "reader"),
    (DocumentVersion, "uploaded_by"),
    (Trace, "asked_by"),
    (Paper, "added_by"),
    (DestructionRequest, "holder"),
    (Export, "person"),
    (Erasure, "person"),
    (Objection, "person"),
)


def subjects_of(person: User) -> list[str]:
    """The log's names of the rows that belong to a person."""
    found: list[str] = []
    for model, owner in THEIRS:
        found += subjects(model._default_manager.filter(**{owner: person})).values_list("name_in_log", flat=True)
    # An invitation is to an address; its owner may not have had an account then.
    return [*found, *subjects(Invitation.objects.filter(email=person.email)).values_list("name_in_log", flat=True)]


def whom(person: User) -> Whom:
    """The person, as the log looks for their records."""
    return Whom(person.pk, person.email, frozenset(subjects_of(person)))


def subjects(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    """The log's name of each of these rows; see `audit.text.subject_of`."""
    prefix = Value(f"{rows.model._meta.model_name}:")
    named: QuerySet[Any, Any] = rows.annotate(name_in_log=Concat(prefix, F("pk"), output_field=CharField()))
    return named.values("name_in_log")
