"""Finds the records of the log about a person: what they did, and what was done to them."""

import json
from typing import Any

from django.db.models import CharField, F, Model, Q, QuerySet, Value
from django.db.models.functions import Concat

from documents.models import AccessGrant, Delivery, DocumentVersion, Trace
from ndaflow.agreements.models import Signature
from ndaflow.requests.models import AccessRequest
from trustcenter.accounts.addresses import searched
from trustcenter.accounts.models import User

# Rows that belong to one person, and the field that says whose they are.
THEIRS: tuple[tuple[type[Model], str], ...] = (
    (AccessRequest, "requester"),
    (Signature, "signer"),
    (AccessGrant, "holder"),
    (Delivery, "reader"),
    (DocumentVersion, "uploaded_by"),
    (Trace, "asked_by"),
)
# Details have no index: they are searched for a few people, and a whole name or address names few.
MOST_NAMED = 5


def about(words: str) -> Q:
    """Records of what the people found by `words` did, and of what was done to them.

    `words` are a part of a name or an address. People are found by their account's id: in a record as its actor, as
    its subject, as the owner of the row that is its subject, or by their id in its details. An address in full is also
    looked for as it is, because not every address in the log has an account.
    """
    address = searched(words)
    people = User.objects.filter(Q(email__contains=address) | Q(name__icontains=words))
    found = Q(actor__in=people.values("pk")) | Q(subject__in=_subjects(people))
    for model, owner in THEIRS:
        found |= Q(subject__in=_subjects(model._default_manager.filter(**{f"{owner}__in": people})))
    ids = list(people.values_list("pk", flat=True)[: MOST_NAMED + 1])
    if len(ids) <= MOST_NAMED:
        for id in ids:
            found |= Q(detail__body__contains=f'"{id}"')
    if "@" in address:
        found |= Q(detail__body__contains=json.dumps(address, ensure_ascii=False))
    return found


def subjects_of(person: User) -> list[str]:
    """The log's names of the rows that belong to a person."""
    found: list[str] = []
    for model, owner in THEIRS:
        found += _subjects(model._default_manager.filter(**{owner: person})).values_list("name_in_log", flat=True)
    return found


def _subjects(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    """The log's name of each of these rows; see `audit.text.subject_of`."""
    prefix = Value(f"{rows.model._meta.model_name}:")
    named: QuerySet[Any, Any] = rows.annotate(name_in_log=Concat(prefix, F("pk"), output_field=CharField()))
    return named.values("name_in_log")
