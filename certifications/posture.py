"""The public facts: pages and /posture.json both read them here, so that they cannot differ."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certifications.models import (
    Certification,
    Claim,
    Duty,
    IncidentEntry,
    Product,
    Profile,
    Route,
    Subprocessor,
    Topic,
    Update,
)
from certifications.public_sections import ASPECTS


def profile() -> Profile | None:
    return Profile.objects.first()


def legal_name() -> str:
    """The operator as a party of agreements; empty before anything is published."""
    company = profile()
    return company.legal_name if company else ""


def certifications() -> QuerySet[Certification]:
    return Certification.objects.select_related("framework")


def products() -> QuerySet[Product]:
    return Product.objects.all()


def routes() -> QuerySet[Route]:
    return Route.objects.select_related("product")


def duties() -> QuerySet[Duty]:
    return Duty.objects.select_related("product")


def topics() -> QuerySet[Topic]:
    return Topic.objects.all()


def subprocessors() -> QuerySet[Subprocessor]:
    return Subprocessor.objects.prefetch_related("products")


def updates() -> QuerySet[Update]:
    """The posts for everyone, the newest first."""
    return Update.objects.filter(published_at__lte=timezone.now(), level="")


def timeline() -> QuerySet[IncidentEntry]:
    """The entries of the incidents that everyone may read about, in the order of their posts."""
    return IncidentEntry.objects.filter(update__in=updates()).select_related("update")


def processing() -> QuerySet[Subprocessor]:
    """Those that process data today, or will."""
    return subprocessors().exclude(ended__lt=timezone.localdate())


def claims() -> list[Claim]:
    """Every claim in order, with its products and the claims that contradict it, in three queries."""
    found = list(Claim.objects.select_related("topic", "certification").prefetch_related("products", "conflicts_with"))
    by_pk = {claim.pk: claim for claim in found}
    for claim in found:
        # Use the same objects, so that the products of a contradicting claim are not read again.
        claim.contradicting = [by_pk[other.pk] for other in claim.conflicts_with.all()]
    return found


def most_asked(found: Iterable[Claim], at_most: int = 6) -> list[Claim]:
    """The featured claims, then the newest."""
    return sorted(found, key=lambda claim: (not claim.featured, -claim.as_of.toordinal()))[:at_most]


ASPECT_LABELS = (
    _("Training on your data"),
    _("How long data is kept"),
    _("Read by people"),
    _("Role under data protection law"),
    _("Agreements"),
)


@dataclass(frozen=True)
class Cell:
    """One product's answer: a word with its tone, and the text that explains it, in the product's field `aspect`."""

    product: Product
    aspect: str
    word: str
    tone: str
    text: str

    @property
    def word_field(self) -> str:
        return f"{self.aspect}_word"


@dataclass(frozen=True)
class Row:
    label: str
    cells: list[Cell]


def comparison(compared: Iterable[Product]) -> list[Row]:
    """What the products do with customers' data, aspect by aspect."""
    found = list(compared)
    return [
        Row(str(label), [_cell(product, aspect) for product in found])
        for aspect, label in zip(ASPECTS, ASPECT_LABELS, strict=True)
    ]


def _cell(product: Product, aspect: str) -> Cell:
    word, tone = getattr(product, f"{aspect}_word"), getattr(product, f"{aspect}_tone")
    return Cell(product, aspect, word, tone or "none", getattr(product, aspect))


def not_offered(found: Iterable[Claim]) -> list[Claim]:
    """The claims that say what customers cannot have."""
    return [claim for claim in found if claim.not_offered]


def disagreements(found: Iterable[Claim]) -> int:
    """The number of questions on which the sources disagree. Claims that contradict each other count as one."""
    groups = {frozenset({claim.pk, *(other.pk for other in claim.contradicting)}) for claim in found}
    return sum(len(group) > 1 for group in groups)
