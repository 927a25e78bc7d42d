"""Which signature covers a person, read from the texts in force and never from the absence of a row."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from ndaflow.agreements.models import Agreement, AgreementVersion, Signature
from trustcenter.accounts.models import User

EarlierSigners = AgreementVersion.EarlierSigners
NEEDED = Agreement.Kind.NDA


def agreement_needed() -> Agreement | None:
    """What gated documents ask for; None while nobody has published one, and then nothing gated opens."""
    return Agreement.objects.filter(kind=NEEDED).first()


def signature_covering(person: User, instant: datetime) -> Signature | None:
    """The live signature that a new grant for `person` may rest on at `instant`, or None."""
    if not person.is_active:
        return None
    live = Signature.objects.filter(_reaches(person), superseded_at=None, version__in=good_versions(instant))
    return live.select_related("agreement", "version", "signer").order_by("-version__number").first()


def good_versions(instant: datetime) -> QuerySet[AgreementVersion]:
    """The texts of the agreement needed on which a signature is good at `instant`.

    That is the one in force, and every earlier one that all later texts leave good.
    """
    texts = AgreementVersion.objects.filter(agreement__kind=NEEDED, effective_at__lte=instant)
    later = texts.filter(number__gt=OuterRef("number")).exclude(earlier_signers=EarlierSigners.GRANDFATHER)
    return texts.exclude(Exists(later))


def covered_until(signature: Signature) -> datetime | None:
    """When a text that asks everyone to sign again takes effect, or None: what rests on `signature` closes then."""
    later = signature.agreement.versions.filter(
        number__gt=signature.version.number, earlier_signers=EarlierSigners.NOW
    ).order_by("effective_at")
    return later.values_list("effective_at", flat=True).first()


def _reaches(person: User) -> Q:
    """Signatures whose scope takes this person in. Domains count as verified for a company only: otherwise one
    signature from a free-mail address would cover everyone who has one."""
    reaches = Q(scope=Signature.Scope.PERSON, signer=person)
    if person.domain:
        reaches |= Q(scope=Signature.Scope.DOMAIN, signer__company__domains__domain=person.domain)
    if person.company_id:
        reaches |= Q(scope=Signature.Scope.ENTITY, signer__company_id=person.company_id)
    return reaches


def lock() -> None:
    """Makes the publishing of a new text wait for the caller's transaction, or the caller for it.

    Publishing closes what rests on the former text: a document that opened meanwhile would be missed.
    """
    list(Agreement.objects.filter(kind=NEEDED).select_for_update(no_key=True).values_list("pk"))
