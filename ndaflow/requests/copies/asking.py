"""Which copies a reader has, and asking them to destroy these. Part of the change that ends access, or one by itself."""

from collections.abc import Collection

from django.db.models import QuerySet

from documents.models import Delivery
from ndaflow.requests.copies.models import DestructionRequest
from trustcenter.accounts.models import User
from trustcenter.audit import Change
from trustcenter.audit.actions import Action


def left(person: User, documents: Collection[int] | None = None) -> list[Delivery]:
    """The marked files that left to a person, the newest first; of these documents only, if they are given.

    An interrupted download counts: part of the file may have arrived.
    """
    found = Delivery.objects.filter(reader=person, kind=Delivery.Kind.DOWNLOAD)
    if documents is not None:
        found = found.filter(version__document__in=documents)
    return list(found.select_related("version__document").order_by("-started_at", "-pk"))


def unasked(person: User, documents: Collection[int] | None = None) -> list[Delivery]:
    """Those of them that nobody has asked the person to destroy yet."""
    asked = _asked(User.objects.filter(pk=person.pk))
    return [one for one in left(person, documents) if one.code not in asked]


def count_unasked(people: QuerySet[User]) -> int:
    """How many copies left to these people that nobody has asked them to destroy yet; two queries."""
    found = Delivery.objects.filter(reader__in=people, kind=Delivery.Kind.DOWNLOAD)
    return len(set(found.values_list("code", flat=True)) - _asked(people))


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


def _asked(people: QuerySet[User]) -> set[str]:
    codes = DestructionRequest.objects.filter(holder__in=people).values_list("codes", flat=True)
    return {code for several in codes for code in several}
