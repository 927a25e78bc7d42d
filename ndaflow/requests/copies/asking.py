"""Which copies a reader has, and asking them to destroy these. Part of the change that ends access, or one by itself."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, QuerySet, TextField
from django.db.models.functions import Cast

from documents.models import Delivery
from ndaflow.requests.copies.models import DestructionRequest
from trustcenter.accounts.models import User
from trustcenter.audit import Change
from trustcenter.audit.actions import Action


def copies() -> QuerySet[Delivery]:
    """The marked files that left, with `is_asked`: whether their reader was asked to destroy them.

    An interrupted download counts: part of the file may have arrived.
    """
    asked = DestructionRequest.objects.filter(holder=OuterRef("reader"))
    # As text, because SQLite cannot look into a list. No code is part of another one.
    asked = asked.annotate(named=Cast("codes", TextField())).filter(named__contains=OuterRef("code"))
    return Delivery.objects.filter(kind=Delivery.Kind.DOWNLOAD).annotate(is_asked=Exists(asked))


def left(person: User, documents: Collection[int] | None = None) -> list[Delivery]:
    """The copies of a person, the newest first; of these documents only, if they are given. One query."""
    found = copies().filter(reader=person)
    if documents is not None:
        found = found.filter(version__document__in=documents)
    return list(found.select_related("version__document").order_by("-started_at", "-pk"))


def unasked(person: User, documents: Collection[int] | None = None) -> list[Delivery]:
    """Those of them that nobody has asked the person to destroy yet."""
    return [one for one in left(person, documents) if not one.is_asked]  # type: ignore[attr-defined]  # by copies


def count_unasked(people: QuerySet[User]) -> int:
    """How many copies left to these people that nobody has asked them to destroy yet; one query."""
    return copies().filter(reader__in=people, is_asked=False).count()


def ask(
    change: Change, person: User, *, reason: str, by: User, documents: Collection[int] | None = None
) -> DestructionRequest | None:
    """Asks a person to destroy the copies that they have, in a change of the caller. None if there are none to ask for.

    The caller mails them.
    """
    copies = unasked(person, documents)
    if not copies:
        return None
    codes = [one.code for one in reversed(copies)]
    asked = DestructionRequest.objects.create(
        holder=person, codes=codes, reason=reason, asked_by=by, asked_at=change.at
    )
    change.record(Action.DESTRUCTION_ASKED, subject=asked, changed=[asked], person=person, codes=codes, reason=reason)
    return asked
