"""Finds the signature that covers a person. A missing row never means that no agreement is needed."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from ndaflow.agreements.models import Agreement, AgreementVersion, Signature
from trustcenter.accounts.models import User

EarlierSigners = AgreementVersion.EarlierSigners
NEEDED = Agreement.Kind.NDA


def agreement_needed() -> Agreement | None:
    """The agreement that gated documents require. While it is None, no gated document opens."""
    return Agreement.objects.filter(kind=NEEDED).first()


def version_in_force(instant: datetime) -> AgreementVersion | None:
    """The text of that agreement to sign at `instant`, or None while there is none."""
    texts = AgreementVersion.objects.filter(agreement__kind=NEEDED, effective_at__lte=instant)
    return texts.select_related("agreement").order_by("-number").first()


def signature_covering(person: User, instant: datetime) -> Signature | None:
    """The live signature that covers `person` at `instant` for a new grant, or None."""
    if not person.is_active:
        return None
    live = Signature.objects.filter(_reaches(person), superseded_at=None, version__in=good_versions(instant))
    return live.select_related("agreement", "version", "signer").order_by("-version__number").first()


def good_versions(instant: datetime) -> QuerySet[AgreementVersion]:
    """The versions of the required agreement whose signatures are valid at `instant`.

    These are the version in force and every earlier one that no later version has invalidated.
    """
    texts = AgreementVersion.objects.filter(agreement__kind=NEEDED, effective_at__lte=instant)
    later = texts.filter(number__gt=OuterRef("number")).exclude(earlier_signers=EarlierSigners.GRANDFATHER)
    return texts.exclude(Exists(later))


def covered_until(signature: Signature) -> datetime | None:
    """When a version takes effect that everyone has to sign again, or None. Grants under `signature` close then."""
    later = signature.agreement.versions.filter(
        number__gt=signature.version.number, earlier_signers=EarlierSigners.NOW
    ).order_by("effective_at")
    return later.values_list("effective_at", flat=True).first()


def _reaches(person: User) -> Q:
    """Signatures whose scope includes this person. A domain counts only if it belongs to a company: otherwise one signature
    from a free-mail address would cover every person there."""
    reaches = Q(scope=Signature.Scope.PERSON, signer=person)
    if person.domain:
        reaches |= Q(scope=Signature.Scope.DOMAIN, signer__company__domains__domain=person.domain)
    if person.company_id:
        reaches |= Q(scope=Signature.Scope.ENTITY, signer__company_id=person.company_id)
    return reaches


def lock() -> None:
    """Locks the agreement against the publishing of a new version until commit.

    Publishing closes grants under the former version, and would miss a document that opened meanwhile.
    """
    list(Agreement.objects.filter(kind=NEEDED).select_for_update(no_key=True).values_list("pk"))
