"""Whom a new version of an agreement stops: whose documents close, and who signs before the next one opens."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from documents.models import AccessGrant
from ndaflow.agreements.coverage import NEEDED, good_versions
from ndaflow.agreements.models import Agreement, AgreementVersion, Signature
from trustcenter.accounts.models import User

EarlierSigners = AgreementVersion.EarlierSigners


@dataclass(frozen=True)
class Impact:
    """The people that a version stops, once each, by address. Former signers who wait for nothing are not among them."""

    # Their open documents close until they sign.
    stopped: list[User]
    # How many documents that is.
    grants: int
    # What is open to them stays open, and the next document needs their signature.
    asked: list[User]

    @property
    def people(self) -> list[User]:
        return [*self.stopped, *self.asked]


def before(agreement: Agreement | None, rule: str, at: datetime, *, signed: AgreementVersion | None = None) -> Impact:
    """What a text with this rule does to people as things stand at `at`, without those who signed the version `signed`."""
    if agreement is None or agreement.current_version(at) is None:
        # The first text: everybody who has requested something has waited for it.
        waiting = _active(signed).filter(Exists(_open_requests()))
        return Impact([], 0, list(waiting) if agreement is None or agreement.kind == NEEDED else [])
    if rule == EarlierSigners.GRANDFATHER:
        return Impact([], 0, [])
    grants = AccessGrant.objects.open_at(at).filter(requested_document__signature__agreement=agreement)
    theirs = grants.filter(holder=OuterRef("pk"))
    signatures = Signature.objects.filter(
        signer=OuterRef("pk"), agreement=agreement, superseded_at=None, version__in=good_versions(at)
    )
    asked = _active(signed).filter(Exists(signatures)).filter(Q(Exists(theirs)) | Q(Exists(_open_requests())))
    if rule == EarlierSigners.NEXT_USE:
        return Impact([], 0, list(asked))
    stopped = list(_active(signed).filter(Exists(theirs)))
    others = asked.exclude(pk__in=[one.pk for one in stopped])
    return Impact(stopped, grants.filter(holder__in=stopped).count(), list(others))


def of(version: AgreementVersion) -> Impact:
    """Whom a published version stopped and still stops: the same people as before it, without those who have signed it."""
    moment_before = version.effective_at - timedelta(microseconds=1)
    return before(version.agreement, version.earlier_signers, moment_before, signed=version)


def _active(signed: AgreementVersion | None) -> QuerySet[User]:
    found = User.objects.filter(is_active=True).order_by("email")
    return found.exclude(signatures__version=signed) if signed else found


def _open_requests() -> QuerySet[User]:
    """People with a request that is open, by what its rows say; the room of requests is above this one."""
    return User.objects.filter(
        pk=OuterRef("pk"), access_requests__opened_at__isnull=False, access_requests__closed_at=None
    )
