"""What the public pages and their machine form are made of: each fact is read here, once, for both."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from certifications.content import CERTIFICATIONS, CLAIMS, COMPANY, PRODUCTS, SOURCE, SUBPROCESSORS, TOPICS
from certifications.models import Certification, Claim, Product, Profile, Subprocessor, Topic


def profile() -> Profile | None:
    return Profile.objects.first()


def certifications() -> QuerySet[Certification]:
    return Certification.objects.select_related("framework")


def products() -> QuerySet[Product]:
    return Product.objects.all()


def topics() -> QuerySet[Topic]:
    return Topic.objects.all()


def subprocessors() -> QuerySet[Subprocessor]:
    return Subprocessor.objects.prefetch_related("products")


def claims() -> list[Claim]:
    """Every claim in order with all that belongs to it, in three queries."""
    found = list(Claim.objects.select_related("topic", "certification").prefetch_related("products", "conflicts_with"))
    by_pk = {claim.pk: claim for claim in found}
    for claim in found:
        # The same objects again: what was read for a claim is not read once more for whom it contradicts.
        claim.contradicting = [by_pk[other.pk] for other in claim.conflicts_with.all()]
    return found


def most_asked(found: Iterable[Claim], at_most: int = 6) -> list[Claim]:
    """The featured claims, then the newest."""
    return sorted(found, key=lambda claim: (not claim.featured, -claim.as_of.toordinal()))[:at_most]


def as_data() -> dict[str, Any]:
    """The public facts but for documents, as /posture.json has them: the tables of the content file today."""
    company = profile()
    stated = claims()
    return {
        "company": COMPANY.table_of(company) if company else {},
        "source": SOURCE.table_of(company) if company else {},
        "as_of": company.as_of if company else None,
        "products": [PRODUCTS.table_of(product) for product in products()],
        "certifications": [_certification(certification) for certification in certifications()],
        "topics": [TOPICS.table_of(topic) for topic in {claim.topic: None for claim in stated}],
        "claims": [_claim(claim) for claim in stated],
        "subprocessors": [SUBPROCESSORS.table_of(subprocessor) for subprocessor in subprocessors()],
    }


def _certification(certification: Certification) -> dict[str, Any]:
    return CERTIFICATIONS.table_of(certification) | {
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
    return CLAIMS.table_of(claim) | {
        "certification": claim.certification.slug if claim.certification else None,
        "valid_until": claim.valid_until,
        "expired": claim.is_expired,
    }
