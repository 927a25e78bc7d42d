from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from certifications.models import Certification, Claim, Product, Subprocessor, Topic
from tests.certifications import content

TODAY = date(2026, 11, 23)


def standing(**fields) -> Certification:
    return Certification(stated_status="attested", **fields)


@pytest.mark.parametrize(
    ("valid_until", "status", "words", "tone"),
    [
        (None, "attested", "Attested", "good"),
        (TODAY, "attested", "Attested", "good"),
        (TODAY - timedelta(days=1), "expired", "Expired", "wait"),
    ],
)
def test_certification_expires_the_day_after_its_last_day(valid_until, status, words, tone):
    certification = standing(valid_until=valid_until)
    assert certification.status_on(TODAY) == status
    assert certification.status_on(TODAY).label == words
    assert certification.status_on(TODAY).tone == tone


def test_status_depends_on_the_date():
    yesterday = timezone.localdate() - timedelta(days=1)
    certification = standing(valid_until=yesterday)
    assert (certification.status, certification.status_text, certification.tone) == (
        "expired",
        "Expired",
        "wait",
    )


def test_every_fact_has_a_day_by_which_it_is_reviewed():
    today, topic = timezone.localdate(), Topic(review_months=6)
    assert Claim(topic=topic, as_of=date(2026, 8, 31)).review_due == date(2027, 2, 28)
    assert Product(as_of=date(2024, 2, 29)).review_due == date(2025, 2, 28)
    own = Claim(topic=topic, as_of=date(2026, 8, 31), review_by=today)
    assert own.review_due == today and not own.is_overdue
    own.review_by = today - timedelta(days=1)
    assert own.is_overdue


@pytest.mark.parametrize("model", [Claim, Certification, Product, Subprocessor])
def test_a_review_date_before_the_fact_is_refused(db, model):
    content.publish()
    row = model.objects.first()
    row.review_by = row.as_of
    with pytest.raises(ValidationError, match="The review date must be after"):
        row.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_only_what_is_in_progress_has_a_stage(db):
    content.publish()
    attested = Certification.objects.get(slug="soc-2-type-ii")
    attested.stage = "Assessment"
    with pytest.raises(ValidationError, match="Only a certification in progress"):
        attested.full_clean()


def test_expired_cannot_be_set(db):
    content.publish()
    with pytest.raises(IntegrityError), transaction.atomic():
        Certification.objects.update(stated_status="expired")


@pytest.mark.parametrize("evidence", ["report", {"report": 1}, [1]])
def test_evidence_is_a_list_of_slugs(db, evidence):
    content.publish()
    claim = Claim.objects.first()
    claim.evidence = evidence
    with pytest.raises(ValidationError, match="list of slugs"):
        claim.full_clean()
