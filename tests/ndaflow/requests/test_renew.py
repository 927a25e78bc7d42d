"""Readers are warned before their access ends, and renew it with one click."""

import copy
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from documents.access import admission
from documents.models import AccessGrant, Document
from ndaflow.requests import flows, routine
from tests import cast
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def made(shared_scene):
    ada, rhea = cast.ada(), cast.rhea()
    request = cast.granted(rhea, ada, cast.requestable("report"), cast.requestable("letter"))
    return {"ada": ada, "rhea": rhea, "request": request}


@pytest.fixture
def scene(made):
    return copy.deepcopy(made)


@pytest.fixture
def ada(scene):
    return scene["ada"]


@pytest.fixture
def rhea(scene):
    return scene["rhea"]


@pytest.fixture
def request_(scene):
    return scene["request"]


def ends_in(days, *slugs, began=100):
    now = timezone.now()
    found = AccessGrant.objects.filter(document__slug__in=slugs or ["report", "letter"], ended_at=None)
    found.update(ends_at=now + days * DAY, starts_at=now - began * DAY)


def warnings():
    return list(Mail.objects.filter(subject__contains="ends soon").order_by("subject"))


def test_reader_is_warned_14_and_3_days_before_once_each_in_one_mail(request_, rhea):
    ends_in(14.5)
    routine.warn_of_ends()
    assert warnings() == []
    ends_in(13.9)
    for _again in range(2):
        routine.warn_of_ends()
    (mail,) = warnings()
    assert mail.to == rhea.email and "2 documents ends soon" in mail.subject
    assert "Report:" in mail.body and "Letter:" in mail.body and "/my/" in mail.body
    ends_in(2.9, "report")
    for _again in range(2):
        routine.warn_of_ends()
    (second,) = (one for one in warnings() if one.pk != mail.pk)
    assert "Your access to a document ends soon" in second.subject and "Letter" not in second.body


def test_one_warning_is_enough_if_the_clock_stood_still(request_):
    ends_in(2.5)
    routine.warn_of_ends()
    routine.warn_of_ends()
    assert len(warnings()) == 1


def test_who_needs_no_warning_gets_none(request_, rhea):
    # Shorter than the time before its end; gone; closed.
    ends_in(13, began=0.5)
    routine.warn_of_ends()
    ends_in(13)
    AccessGrant.objects.filter(document__slug="letter").update(ended_at=timezone.now(), end="revoked")
    User.objects.filter(pk=rhea.pk).update(is_active=False)
    routine.warn_of_ends()
    assert warnings() == []
    User.objects.filter(pk=rhea.pk).update(is_active=True)
    # Asked again already: the warning comes only if that request ends without a grant.
    again = flows.renew(AccessGrant.objects.get(document__slug="report"), by=User.objects.get(pk=rhea.pk))
    routine.warn_of_ends()
    assert warnings() == []
    flows.withdraw(again, by=rhea)
    routine.warn_of_ends()
    assert len(warnings()) == 1


def test_one_click_renews_and_the_old_access_stays_until_the_new_one_opens(client, ada, rhea, request_):
    ends_in(10, "report")
    client.force_login(rhea)
    old = AccessGrant.objects.get(document__slug="report")
    page = client.get("/my/").content.decode()
    assert page.count("/renew/") == 1 and f"/my/grants/{old.pk}/renew/" in page
    answer = client.post(f"/my/grants/{old.pk}/renew/", follow=True)
    assert "What you have stays open until its end" in answer.content.decode()
    new = rhea.access_requests.get(status="open")
    assert (new.reason, new.company_name, new.name) == (request_.reason, request_.company_name, request_.name)
    assert [one.slug for one in new.documents.all()] == ["report"]
    assert Mail.objects.filter(to=ada.email, subject__contains="equest").exists()
    page = client.get("/my/").content.decode()
    assert "Your renewal is under way" in page and "/renew/" not in page
    assert admission(rhea, "report", timezone.now()).grant == old
    with pytest.raises(FlowError, match="already requested"):
        flows.renew(old, by=rhea)
    cast.approve(new, ada, days=200)
    opened = admission(rhea, "report", timezone.now()).grant
    assert opened != old and AccessGrant.objects.get(pk=old.pk).end == "replaced"


def test_ended_access_is_renewed_with_one_click_and_revoked_access_is_not(client, ada, rhea, request_):
    client.force_login(rhea)
    report, letter = (AccessGrant.objects.get(document__slug=slug) for slug in ("report", "letter"))
    flows.revoke_grant(letter, by=ada, reason="No.")
    AccessGrant.objects.filter(pk=report.pk).update(starts_at=timezone.now() - 9 * DAY, ends_at=timezone.now() - DAY)
    routine.expire_requests()
    page = client.get("/my/").content.decode()
    assert f"/my/grants/{report.pk}/renew/" in page and f"/my/grants/{letter.pk}/renew/" not in page
    with pytest.raises(FlowError, match="was revoked"):
        flows.renew(letter, by=rhea)
    assert flows.renew(report, by=rhea).status == "open"


def test_what_cannot_be_requested_cannot_be_renewed(client, rhea, request_):
    grant = AccessGrant.objects.get(document__slug="report")
    otto = cast.otto()
    with pytest.raises(FlowError, match="Only the person"):
        flows.renew(grant, by=otto)
    stranger = Client()
    stranger.force_login(otto)
    assert stranger.post(f"/my/grants/{grant.pk}/renew/").status_code == 404
    assert client.get(f"/my/grants/{grant.pk}/renew/").status_code in {302, 405}
    Document.objects.filter(slug="report").update(level=None)
    with pytest.raises(FlowError, match="it has not been decided yet who may read it"):
        flows.renew(grant, by=rhea)
    Document.objects.filter(slug="report").update(level=cast.level("public"))
    with pytest.raises(FlowError, match="needs a request"):
        flows.renew(grant, by=rhea)
