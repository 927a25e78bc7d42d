from datetime import timedelta

import pytest
from django.utils import timezone

from ndaflow.requests import measures
from ndaflow.requests.models import AccessRequest, Decision
from tests import cast
from trustcenter.web import public_pages
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


def decided_requests(*hours: float, opened_days_ago: int = 10) -> None:
    """Creates requests whose first decision came after this many hours."""
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


def test_median_time_to_a_decision():
    decided_requests(1, 2, 3.2, 90, 100)
    assert measures.usual_hours() == 4


@pytest.mark.once
def test_form_page_and_mail_say_how_soon_we_answer(client):
    decided_requests(1, 2, 3.2, 90, 100)
    vera, caiq = cast.vera(), cast.requestable("caiq")
    form = client.get(f"/access/?document={caiq.slug}").content.decode()
    assert "Usual reply: 4 hours. Our target: 16 business hours." in form
    request = cast.open_request(vera, caiq)
    cast.sign(request, vera, cast.nda())
    client.force_login(vera)
    page = client.get(f"/access/{request.pk}/").content.decode()
    for told in (page, Mail.objects.get(to=vera.email, subject__contains="request").body):
        assert "Usual reply: 4 hours. You will hear from us by" in told


def test_shortest_stated_time_is_an_hour():
    decided_requests(0.1, 0.1, 0.1, 0.1, 0.1)
    assert measures.usual_hours() == 1


def test_no_time_is_stated_with_four_requests():
    decided_requests(1, 1, 1, 1)
    assert measures.usual_hours() is None


def test_old_requests_do_not_count():
    decided_requests(1, 1, 1, 1, 1, opened_days_ago=91)
    assert measures.usual_hours() is None


def test_decision_raises_the_revision_of_the_public_pages():
    approver, requester = cast.ben(), cast.rhea()
    request = cast.open_request(requester, cast.document())
    before = public_pages.edition()
    cast.approve(request, approver)
    assert public_pages.edition() != before
