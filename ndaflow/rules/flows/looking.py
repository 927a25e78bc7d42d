"""Lets the rules look again at requests that wait, because something about their requesters has changed."""

from django.db.models import Q, QuerySet

from ndaflow.requests.models import AccessRequest, RequestedDocument, RequestStatus
from ndaflow.rules import tasks
from ndaflow.rules.models import RuleControl, RuleVersion
from trustcenter import audit
from trustcenter.audit import Change

# So many tasks in one change; the rest in another one.
AT_ONCE = 200


def look_again(change: Change, about: str) -> None:
    """After the commit, if there are rules and they are on. `about` is that of `accounts.changed`."""
    if RuleControl.now().is_on and RuleVersion.in_force() is not None:
        change.task(tasks.look_again, about)


def start(about: str, after: str = "") -> None:
    """Starts a look at each open request with an undecided document, by id, those after `after` first."""
    found = _waiting(about).filter(pk__gt=after).order_by("pk")
    ids = list(found.values_list("pk", flat=True)[: AT_ONCE + 1])
    with audit.change(by=None) as change:
        for id in ids[:AT_ONCE]:
            change.task(tasks.decide_by_rules, id)
        if len(ids) > AT_ONCE:
            change.task(tasks.look_again, about, ids[AT_ONCE - 1])


def _waiting(about: str) -> QuerySet[AccessRequest]:
    kind, _colon, key = about.partition(":")
    whose = Q(requester__company=key) if kind == "company" else _listed(key)
    undecided = RequestedDocument.objects.filter(outcome=RequestedDocument.Outcome.PENDING)
    return AccessRequest.objects.filter(whose, status=RequestStatus.OPEN, items__in=undecided).distinct()


def _listed(entry: str) -> Q:
    if "@" in entry:
        return Q(requester__email=entry)
    # A blocked domain blocks the domains below it, too.
    return Q(requester__email__endswith=f"@{entry}") | Q(requester__email__endswith=f".{entry}")
