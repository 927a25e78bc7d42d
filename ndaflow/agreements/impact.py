"""Whom a new version of an agreement stops: whose documents close, and who signs before the next one opens."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from documents.agreements import required
from documents.models import AccessGrant
from ndaflow.agreements.coverage import in_force, is_reached
from ndaflow.agreements.models import Agreement, AgreementVersion, Coverage
from trustcenter.accounts.models import User

EarlierSigners = AgreementVersion.EarlierSigners


@dataclass(frozen=True)
class Impact:
    """The people that a version stops, once each, by address. People who wait for nothing are not among them."""

    # Their open documents close until they sign.
    stopped: list[User]
    # How many documents that is.
    grants: int
    # What is open to them stays open, and the next document needs their signature.
    asked: list[User]

    @property
    def people(self) -> list[User]:
        return [*self.stopped, *self.asked]


def before(
    agreement: Agreement | None,
    rule: str,
    at: datetime,
    *,
    slug: str = "",
    signed: AgreementVersion | None = None,
) -> Impact:
    """What a text with this rule does to people as things stand at `at`, without those whom the version `signed` covers.

    A paper with a text of its own is not replaced by a text of ours. `slug` is the one of an agreement that does not exist
    yet.
    """
    slug = agreement.slug if agreement else slug
    documents = documents_requiring(slug)
    if agreement is None or agreement.current_version(at) is None:
        # The first text: everybody who has requested something has waited for it, unless a paper covers them.
        waiting = _active(signed).filter(Exists(_open_requests(documents)))
        covered = is_reached(in_force(at, new=True).filter(agreement__slug=slug))
        return Impact([], 0, list(waiting.exclude(covered)))
    if rule == EarlierSigners.GRANDFATHER:
        return Impact([], 0, [])
    grants = AccessGrant.objects.open_at(at).filter(document__in=documents)
    theirs = Exists(grants.filter(holder=OuterRef("pk")))
    asked = _losing(agreement, at, new=True, signed=signed).filter(theirs | Exists(_open_requests(documents)))
    if rule == EarlierSigners.NEXT_USE:
        return Impact([], 0, list(asked))
    stopped = list(_losing(agreement, at, new=False, signed=signed).filter(theirs))
    others = asked.exclude(pk__in=[one.pk for one in stopped])
    return Impact(stopped, grants.filter(holder__in=stopped).count(), list(others))


def of(version: AgreementVersion) -> Impact:
    """Whom a published version stopped and still stops: the same people as before it, without those whom it covers."""
    moment_before = version.effective_at - timedelta(microseconds=1)
    return before(version.agreement, version.earlier_signers, moment_before, signed=version)


def documents_requiring(slug: str) -> list[int]:
    """The keys of the documents that require the agreement."""
    return required().get(slug, [])


def _losing(agreement: Agreement, at: datetime, *, new: bool, signed: AgreementVersion | None) -> QuerySet[User]:
    """The people whom only our own texts cover at `at`, so that a newer version can end their coverage."""
    rows = in_force(at, new=new).filter(agreement=agreement)
    ours, theirs = is_reached(rows.filter(version__isnull=False)), is_reached(rows.filter(version=None))
    return _active(signed).filter(ours).exclude(theirs)


def _active(signed: AgreementVersion | None) -> QuerySet[User]:
    found = User.objects.filter(is_active=True).order_by("email")
    return found.exclude(is_reached(Coverage.objects.filter(version=signed, ended_at=None))) if signed else found


def _open_requests(documents: list[int]) -> QuerySet[User]:
    """People with a request for one of these documents that is open, by what its rows say; the room of requests is above
    this one."""
    waiting = Q(access_requests__opened_at__isnull=False, access_requests__closed_at=None)
    return User.objects.filter(waiting & Q(access_requests__documents__in=documents), pk=OuterRef("pk"))
