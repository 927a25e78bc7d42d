"""An approver extends access. A new grant replaces the old one."""

import copy
import json
from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from documents.access import admission
from documents.models import AccessGrant, Level
from ndaflow.desk.bulk import steps
from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest
from tests import cast
from tests.signin import staff_client
from trustcenter.accounts.companies import flows as companies
from trustcenter.accounts.listed import flows as listed
from trustcenter.accounts.models import Listed
from trustcenter.audit import FlowError
from trustcenter.audit.models import Record
from trustcenter.audit.state import Told, differences
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(shared_scene):
    ada, rhea = cast.ada(), cast.rhea()
    request = cast.granted(rhea, ada, cast.requestable("report", title="Report"))
    return {"ada": ada, "rhea": rhea, "grant": request.items.get().grant}


@pytest.fixture
def scene(made):
    return copy.deepcopy(made)


@pytest.fixture
def ada(client, scene):
    staff_client(client, scene["ada"])
    return scene["ada"]


@pytest.fixture
def rhea(scene):
    return scene["rhea"]


@pytest.fixture
def grant(scene):
    return scene["grant"]


def end_of(days):
    return datetime.combine(timezone.localdate() + timedelta(days=days), time.max, UTC)


def extend(grant, by, days=60, reason="The audit takes longer."):
    return flows.extend(grant, until=end_of(days), reason=reason, by=by)


def refused(sentence, grant, by, **words):
    with pytest.raises(FlowError, match=sentence):
        extend(grant, by, **words)
    assert AccessGrant.objects.get(ended_at=None).pk == grant.pk


def test_new_grant_replaces_the_old_one_and_the_log_agrees(ada, rhea, grant):
    new = extend(grant, ada)
    old = AccessGrant.objects.get(pk=grant.pk)
    assert (old.end, new.extends, new.approvals) == ("replaced", old, 1)
    assert admission(rhea, "report", timezone.now()).grant == new
    request = new.requested_document.request
    assert request.status == "granted"
    record = Record.objects.get(action="request.extended")
    assert json.loads(record.detail.body)["reason"] == "The audit takes longer."
    mail = Mail.objects.get(subject__startswith="Your access lasts longer")
    assert mail.to == rhea.email and "audit takes longer" not in mail.body
    told = Told()
    for one in Record.objects.order_by("number"):
        told.read(one)
    # Levels and documents of this scene were made without a record.
    kinds = ("accessgrant:", "requesteddocument:", "accessrequest:")
    assert [str(one) for one in differences(told) if one.subject.startswith(kinds)] == []
    # Once more, from the new one; the old one is nobody's now.
    extend(new, ada, days=90)
    with pytest.raises(FlowError, match="just changed"):
        extend(grant, ada, days=100)


def test_extension_is_shown_and_done_on_its_page(client, ada, rhea, grant):
    page = client.get(f"/desk/grants/{grant.pk}/").content.decode()
    assert "A new grant replaces this one" in page and f'max="{timezone.localdate() + timedelta(days=1095)}"' in page
    assert f'value="{timezone.localdate() + timedelta(days=365)}"' in page
    day = (timezone.localdate() + timedelta(days=50)).isoformat()
    answer = client.post(f"/desk/grants/{grant.pk}/extend/", {"until": day, "reason": " "})
    assert "Say why" in answer.content.decode() and day in answer.content.decode()
    answer = client.post(f"/desk/grants/{grant.pk}/extend/", {"until": "soon", "reason": "Longer audit."})
    assert "Longer audit." in answer.content.decode()
    answer = client.post(f"/desk/grants/{grant.pk}/extend/", {"until": day, "reason": "Longer audit."}, follow=True)
    assert "Extended. The reader has been told" in answer.content.decode()
    assert timezone.localdate(AccessGrant.objects.get(ended_at=None).ends_at).isoformat() >= day
    # The replaced one leads to the new one, and the request page still lists its downloads.
    assert "Extended" in client.get(f"/desk/grants/{grant.pk}/").content.decode()
    assert "Report" in client.get(f"/desk/requests/{rhea.access_requests.get().pk}/").content.decode()


def test_never_beyond_the_longest_of_the_level_and_never_earlier(ada, grant):
    Level.objects.filter(slug="nda").update(usual_days=10, longest_days=60)
    refused("at most 60 days", grant, ada, days=62)
    refused("after the current end date", grant, ada, days=20)
    Level.objects.filter(slug="nda").update(longest_days=20)
    refused("at most 20 days", grant, ada, days=40)


def test_what_a_new_grant_needs_is_needed_here_too(ada, grant, client):
    ben = cast.ben()
    Level.objects.filter(slug="nda").update(approvals=2)
    AccessGrant.objects.update(approvals=2)
    refused("needs 2 approvals, so nobody can extend it alone", grant, ada)
    assert "cannot be extended" in client.get(f"/desk/grants/{grant.pk}/").content.decode()
    Level.objects.filter(slug="nda").update(approvals=1)
    cast.nda(text=cast.NDA_TEXT + "More.\n", earlier_signers="next_use")
    refused("have to sign an agreement", grant, ben)


def test_wrong_person_and_wrong_state(ada, rhea, grant):
    refused("permission", grant, cast.otto())
    refused("permission", grant, rhea)
    refused("Say why", grant, ada, reason="  ")
    # Nobody extends their own access.
    own = cast.open_request(ada, cast.requestable("other"))
    cast.sign(own, ada, cast.nda())
    cast.approve(own, cast.ben())
    with pytest.raises(FlowError, match="your own request"):
        extend(own.items.get().grant, ada)
    flows.revoke_grant(grant, by=ada, reason="Enough.")
    with pytest.raises(FlowError, match="moved on"):
        extend(grant, ada)


def test_nobody_extends_what_a_blocked_person_or_company_holds(client, ada, rhea, grant):
    approver = cast.ben()
    entry = listed.put("rhea@example.com", Listed.Verdict.BLOCK, reason="A reseller.", by=ada)
    refused("or their company is blocked", grant, approver)
    assert "cannot be extended" in client.get(f"/desk/grants/{grant.pk}/").content.decode()
    day = (timezone.localdate() + timedelta(days=50)).isoformat()
    answer = client.post(f"/desk/grants/{grant.pk}/extend/", {"until": day, "reason": "Longer audit."})
    assert "or their company is blocked" in answer.content.decode()
    # Several at once change nothing about it.
    request = AccessRequest.objects.get()
    result = steps.extend([request], until=end_of(50), reason="Longer.", by=ada)
    assert [one.reason for one in result.failed] == ["This person or their company is blocked."] and not result.done
    listed.remove(entry, by=ada)
    # The company instead, and then an exception for one address, which is stronger.
    rhea.refresh_from_db()
    companies.block(rhea.company, reason="A competitor.", by=ada)
    refused("or their company is blocked", grant, approver)
    exception = listed.put("rhea@example.com", Listed.Verdict.ALLOW, reason="Their lawyer.", by=ada)
    new = extend(grant, approver)
    # Twice, and in the wrong order: the old grant is nobody's, and the exception has ended.
    with pytest.raises(FlowError, match="just changed"):
        extend(grant, approver, days=90)
    listed.remove(exception, by=ada)
    refused("or their company is blocked", new, approver, days=90)
    companies.unblock(rhea.company, by=ada)
    assert extend(new, approver, days=90).extends == new


def test_missing_grant_is_404_and_get_is_405(client, ada, grant):
    assert client.get("/desk/grants/0000000000000000/").status_code == 404
    assert client.get(f"/desk/grants/{grant.pk}/extend/").status_code == 405
