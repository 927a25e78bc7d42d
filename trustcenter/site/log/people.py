"""Finds the records of the log about a person: what they did, and what was done to them."""

import json
from collections.abc import Iterable

from django.db.models import Q

from ndaflow.privacy.rows import THEIRS, subjects
from trustcenter.accounts.addresses import searched
from trustcenter.accounts.models import User

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
    found = Q(actor__in=people.values("pk")) | Q(subject__in=subjects(people))
    for model, owner in THEIRS:
        found |= Q(subject__in=subjects(model._default_manager.filter(**{f"{owner}__in": people})))
    ids = list(people.values_list("pk", flat=True)[: MOST_NAMED + 1])
    if len(ids) <= MOST_NAMED:
        for id in ids:
            found |= Q(detail__body__contains=f'"{id}"')
    if "@" in address:
        found |= Q(detail__body__contains=json.dumps(address, ensure_ascii=False))
    return found


def named(ids: Iterable[str]) -> dict[str, str]:
    """The people with these accounts, by name and address; no query if there are none."""
    wanted = {*ids} - {""}
    return {one.pk: str(one) for one in User.objects.filter(pk__in=wanted)} if wanted else {}
