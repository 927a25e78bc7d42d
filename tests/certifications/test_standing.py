from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from certifications.models import Certification, Claim
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


def test_claim_expires():
    today = timezone.localdate()
    assert not Claim().is_expired
    assert not Claim(valid_until=today).is_expired
    assert Claim(valid_until=today - timedelta(days=1)).is_expired


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
