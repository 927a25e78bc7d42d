"""The facts of the public pages and of /posture.json, which both read them here, so that they cannot differ."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from certifications.content import (
    ASPECTS,
    CERTIFICATIONS,
    CLAIMS,
    COMPANY,
    DUTIES,
    PRODUCTS,
    ROUTES,
    SOURCE,
    SUBPROCESSORS,
    TOPICS,
)
from certifications.models import Certification, Claim, Duty, Product, Profile, Reviewed, Route, Subprocessor, Topic
from certifications.sections import Section


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


def topics() -> QuerySet[Topic]:
    return Topic.objects.all()


def subprocessors() -> QuerySet[Subprocessor]:
    return Subprocessor.objects.prefetch_related("products")


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
    """One product's answer: a word with its tone, and the text that explains it."""

    product: Product
    word: str
    tone: str
    text: str


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
    return Cell(product, word, tone or "none", getattr(product, aspect))


def not_offered(found: Iterable[Claim]) -> list[Claim]:
    """The claims that say what customers cannot have."""
    return [claim for claim in found if claim.not_offered]


def disagreements(found: Iterable[Claim]) -> int:
    """The number of questions on which the sources disagree. Claims that contradict each other count as one."""
    groups = {frozenset({claim.pk, *(other.pk for other in claim.contradicting)}) for claim in found}
    return sum(len(group) > 1 for group in groups)


def as_data() -> dict[str, Any]:
    """The public facts without the documents, for /posture.json: the tables of the content file as they are today."""
    company = profile()
    stated = claims()
    return {
        "company": COMPANY.table_of(company) if company else {},
        "source": SOURCE.table_of(company) if company else {},
        "as_of": company.as_of if company else None,
        "products": [_reviewed(PRODUCTS, product) for product in products()],
        "routes": [ROUTES.table_of(route) for route in Route.objects.select_related("product")],
        "duties": [DUTIES.table_of(duty) for duty in Duty.objects.select_related("product")],
        "certifications": [_certification(certification) for certification in certifications()],
        "topics": [TOPICS.table_of(topic) for topic in {claim.topic: None for claim in stated}],
        "claims": [_claim(claim) for claim in stated],
        "subprocessors": [_reviewed(SUBPROCESSORS, subprocessor) for subprocessor in subprocessors()],
    }


def _reviewed(section: Section, row: Reviewed) -> dict[str, Any]:
    """A reviewed fact with its dates. Who reviews it is for staff only."""
    table = section.table_of(row)
    table.pop("owner", None)
    return table | {"review_by": row.review_due, "overdue": row.is_overdue}


def _certification(certification: Certification) -> dict[str, Any]:
    return _reviewed(CERTIFICATIONS, certification) | {
        "framework": certification.framework.name,
        "framework_slug": certification.framework.slug,
        "kind": certification.framework.kind,
        "authority": certification.framework.authority,
        "status": certification.status,
        "status_text": certification.status_text,
        "expired": certification.status == certification.status.EXPIRED,
        "evidence": certification.evidence,
        "valid_until": certification.valid_until,
        "period_start": certification.period_start,
        "period_end": certification.period_end,
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return _reviewed(CLAIMS, claim) | {
        "certification": claim.certification.slug if claim.certification else None,
    }
