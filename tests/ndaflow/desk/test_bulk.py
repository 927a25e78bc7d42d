"""Several requests at once: given, asked, denied, exported. Each is its own change, and what fails says why."""

import copy
from datetime import timedelta

import pytest
from django.utils import timezone

from documents.models import AccessGrant
from ndaflow.desk.bulk import steps
from ndaflow.desk.queue_page import pick
from ndaflow.requests import flows
from ndaflow.requests.models import Question, RequestStatus
from tests import cast
from tests.signin import staff_client
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db
URL = "/desk/bulk/"


@pytest.fixture(scope="module")
def made(shared_scene):
    ada, report = cast.ada(), cast.document()
    return ada, [cast.open_request(person, report) for person in (cast.rhea(), cast.vera(), cast.otto())]


@pytest.fixture
def scene(made):
    return copy.deepcopy(made)


@pytest.fixture
def ada(client, scene):
    staff_client(client, scene[0])
    return scene[0]


@pytest.fixture
def three(scene):
    return scene[1]


def picks(requests) -> list[str]:
    return [pick(cast.fresh(one)) for one in requests]


def statuses(requests) -> list[str]:
    return [cast.fresh(one).status for one in requests]


def test_several_are_given_to_a_colleague_and_left_again(client, ada, three):
    ben = cast.ben()
    flows.withdraw(cast.fresh(three[2]), by=three[2].requester)
    page = client.post(URL, {"act": "assign", "to": ben.pk, "pick": picks(three)}).content.decode()
    assert [cast.fresh(one).owner for one in three] == [ben, ben, None]
    assert (
        "2 requests are assigned to “Ben Approver” (ben@trust.example)." in page
        and "1 request was left as it is" in page
    )
    assert "otto@outsider.example" in page and "has moved on" in page
    page = client.post(URL, {"act": "assign", "to": "nobody", "pick": picks(three[:2])}, follow=True).content.decode()
    assert "2 requests have no owner now." in page and cast.fresh(three[0]).owner is None


def test_newer_owner_stays_when_another_page_gives_the_request_away(client, ada, three):
    """Ada and Ben look at the same queue. Both select the same requests, and Ben is first."""
    ben, cleo = cast.ben(), cast.person("cleo@trust.example", "Cleo Approver", "approver")
    flows.assign(cast.fresh(three[1]), by=ada, to=ada)
    old = picks(three)
    flows.assign(cast.fresh(three[0]), by=ben, to=ben)
    flows.assign(cast.fresh(three[1]), by=ben, to=None)
    page = client.post(URL, {"act": "assign", "to": cleo.pk, "pick": old}).content.decode()
    assert [cast.fresh(one).owner for one in three] == [ben, None, cleo]
    assert "1 request is assigned to “Cleo Approver”" in page and "2 requests were left as they are" in page
    assert "This request was assigned to “Ben Approver” (ben@trust.example) after you opened the page. It stays" in page
    assert "The owner of this request was removed after you opened the page. It stays" in page
    # Nor does a page that says nothing about the owner, or that names somebody who never was.
    for seen in ("", f".{'0' * 16}"):
        value = f"{three[0].pk}.{cast.fresh(three[0]).step}{seen}"
        client.post(URL, {"act": "assign", "to": "nobody", "pick": [value]})
        assert cast.fresh(three[0]).owner == ben
    assert cast.fresh(three[2]).owner == cleo


def test_denial_asks_for_one_reason_and_denies_each(client, ada, three):
    page = client.post(URL, {"act": "deny", "pick": picks(three)}).content.decode()
    assert "Deny 3 requests" in page and "rhea@example.com" in page and statuses(three) == ["open"] * 3
    page = client.post(URL, {"act": "deny", "pick": picks(three), "reason": " "}).content.decode()
    assert "Give a reason." in page and statuses(three) == ["open"] * 3
    page = client.post(URL, {"act": "deny", "pick": picks(three), "reason": "No contract."}, follow=True)
    assert "3 requests were denied." in page.content.decode()
    assert statuses(three) == ["denied"] * 3 and Mail.objects.filter(subject__contains="was denied").count() == 3
    assert Record.objects.filter(action="request.denied").count() == 3


def test_one_that_changed_since_the_page_is_left_and_nothing_is_lost(client, ada, three):
    """Rhea answered meanwhile, Ada asked for one of them herself, and one she has decided."""
    own = cast.open_request(ada, cast.document("caiq"))
    half = cast.open_request(cast.person("eve@example.com", "Eve"), cast.document("pentest", "restricted"))
    cast.approve(half, ada)
    old = picks([*three, own, half])
    flows.ask_question(cast.fresh(three[0]), by=cast.ben(), text="Which entity?")
    page = client.post(URL, {"act": "deny", "pick": old, "reason": "No contract."}).content.decode()
    assert statuses([*three, own, half]) == ["open", "denied", "denied", "open", "open"]
    assert "2 requests were denied." in page and "3 requests were left as they are" in page
    for sentence in ("Please look again", "You cannot decide your own request", "waits for your decision"):
        assert sentence in page
    assert "No contract." in page, "what was typed is lost"


def test_one_question_is_asked_of_each(client, ada, three):
    flows.ask_question(cast.fresh(three[0]), by=cast.ben(), text="Which entity?")
    page = client.post(URL, {"act": "ask", "pick": picks(three)}).content.decode()
    assert "Ask about 3 requests" in page
    page = client.post(URL, {"act": "ask", "pick": picks(three), "text": "Which product?"}).content.decode()
    assert "The question was sent to 2 people." in page and "A question is already open." in page
    assert Question.objects.filter(text="Which product?").count() == 2


def test_access_of_several_people_is_extended(client, ada, three):
    version = cast.nda()
    for one in three[:2]:
        cast.sign(one, one.requester, version)
        cast.approve(one, ada, days=5)
    both = three[:2]
    page = client.post(URL, {"act": "extend", "pick": picks(three)}).content.decode()
    assert "Extend the access of 3 requests" in page
    page = client.post(URL, {"act": "extend", "pick": picks(three), "until": "", "reason": "x"})
    assert "Choose a day in the future." in page.content.decode()
    page = client.post(URL, {"act": "extend", "pick": picks(three), "until": "2000-01-01", "reason": "x"})
    assert "Choose a day in the future." in page.content.decode()
    until = (timezone.localdate() + timedelta(days=60)).isoformat()
    page = client.post(URL, {"act": "extend", "pick": picks(three), "until": until, "reason": "The review goes on."})
    page = page.content.decode()
    assert "The access of 2 people was extended." in page and "otto@outsider.example" in page
    ends = AccessGrant.objects.filter(ended_at=None).values_list("ends_at", flat=True)
    assert {one.date().isoformat() for one in ends} == {until} and len(ends) == len(both)


def test_export_holds_no_formula(client, ada, three):
    request = three[0]
    type(request).objects.update(name="=cmd|' /C calc'!A0", company_name="+1", reason="Two\nlines, “quoted”")
    answer = client.post("/desk/export/", {"pick": picks([request])})
    text = b"".join(answer.streaming_content).decode()
    assert answer["Content-Type"].startswith("text/csv") and text.startswith("\ufeff")
    assert "\"'=cmd" in text and '"\'+1"' in text and "rhea@example.com" in text and request.reference in text
    assert Record.objects.filter(action="desk.exported", actor=ada.pk).count() == 1


@pytest.mark.parametrize(
    "data",
    [
        {"act": "approve"},
        {"act": "deny", "pick": ["x", "9.9", "." * 30, "a.-1"]},
        {"pick": ["zzzz.1"]},
        {"act": "assign", "to": "nobody"},
    ],
)
def test_nothing_selected_or_nonsense_changes_nothing(client, ada, three, data):
    picked = {"pick": picks(three)} if data.get("act") == "approve" else {}
    page = client.post(URL, data | picked, follow=True)
    sentence = "Choose what to do with them." if picked else "Select at least one request."
    assert sentence in page.content.decode() and statuses(three) == ["open"] * 3
    assert client.get(URL).status_code == 405
    assert "Select at least one" in client.post("/desk/export/", {}, follow=True).content.decode()


def test_unknown_colleague_and_drafts_are_not_taken(client, ada, three):
    page = client.post(URL, {"act": "assign", "to": cast.sal().pk, "pick": picks(three)}, follow=True)
    assert "Choose a colleague." in page.content.decode() and cast.fresh(three[0]).owner is None
    draft = cast.draft(cast.document("caiq"))
    assert steps.picked([f"{draft.pk}.0"]) == []
    many = [f"{three[0].pk}.{number}" for number in range(200)]
    assert [one.pk for one in steps.picked(many)] == [three[0].pk]
    assert cast.fresh(three[0]).status == RequestStatus.OPEN
