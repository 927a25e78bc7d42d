from datetime import timedelta

import pytest
from django.utils import timezone

from ndaflow.requests import measures
from ndaflow.requests.models import AccessRequest, Decision
from tests import cast
from trustcenter.web import public_pages

pytestmark = pytest.mark.django_db


def decided_requests(*hours: float, opened_days_ago: int = 10) -> None:
    """Requests whose first decision came after so many hours."""
    approver, requester = cast.ben(), cast.rhea()
    document = cast.document()
    opened = timezone.now() - timedelta(days=opened_days_ago)
    for wait in hours:
        request = AccessRequest.objects.create(
            requester=requester, email=requester.email, status="open", opened_at=opened
        )
        item = request.items.create(document=document)
        Decision.objects.create(
            item=item,
            position=1,
            verdict="deny",
            reason="No.",
            decided_by=approver,
            decided_at=opened + timedelta(hours=wait),
        )


def test_half_of_the_requests_were_decided_within():
    decided_requests(1, 2, 3.2, 90, 100)
    assert measures.usual_hours() == 4


def test_a_quick_desk_promises_an_hour():
    decided_requests(0.1, 0.1, 0.1, 0.1, 0.1)
    assert measures.usual_hours() == 1


def test_four_requests_say_nothing_about_what_is_usual():
    decided_requests(1, 1, 1, 1)
    assert measures.usual_hours() is None


def test_what_was_usual_last_year_says_nothing_about_today():
    decided_requests(1, 1, 1, 1, 1, opened_days_ago=91)
    assert measures.usual_hours() is None


def test_decision_makes_the_public_pages_new():
    approver, requester = cast.ben(), cast.rhea()
    request = cast.open_request(requester, cast.document())
    before = public_pages.edition()
    cast.approve(request, approver)
    assert public_pages.edition() != before
