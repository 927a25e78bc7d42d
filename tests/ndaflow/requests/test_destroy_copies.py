"""A reader answers a request to destroy copies."""

import json

import pytest
from django.test import Client

from ndaflow.requests.copies import flows
from ndaflow.requests.copies.models import DestructionRequest
from tests import cast
from tests.ndaflow.requests.test_revoke import downloaded
from tests.signin import staff_client
from trustcenter.audit import FlowError
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return cast.ada()


@pytest.fixture
def rhea():
    return cast.rhea()


@pytest.fixture
def asked(ada, rhea):
    grant = cast.granted(rhea, ada, cast.requestable("report")).items.get().grant
    for code in ("AAAA-1", "BBBB-2"):
        downloaded(grant, code)
    return flows.ask_to_destroy(rhea, by=ada, reason="The engagement is over.")


def test_reader_confirms_and_the_log_keeps_it(client, ada, rhea, asked):
    assert asked.codes == ["AAAA-1", "BBBB-2"]
    mail = Mail.objects.get(subject="Please destroy your copies")
    assert mail.to == rhea.email and "BBBB-2" in mail.body and "engagement is over" in mail.body
    client.force_login(rhea)
    page = client.get("/my/").content.decode()
    assert "Please destroy your copies." in page and f"/my/copies/{asked.pk}/" in page
    page = client.get(f"/my/copies/{asked.pk}/").content.decode()
    assert "AAAA-1" in page and "The engagement is over." in page and " checked" not in page
    assert "Choose one of the two" in client.post(f"/my/copies/{asked.pk}/", {}).content.decode()
    page = client.post(f"/my/copies/{asked.pk}/", {"answer": "destroyed"}, follow=True).content.decode()
    assert "Thank you" in page and "tell us" not in page
    record = Record.objects.get(action="copies.destroyed")
    assert json.loads(record.detail.body)["codes"] == ["AAAA-1", "BBBB-2"]
    assert Mail.objects.filter(to=ada.email, subject__contains="answered about their copies").exists()
    # Once only.
    with pytest.raises(FlowError, match="already answered"):
        flows.answer(asked, by=rhea, answer="kept", words="Backups.")
    staff = staff_client(Client(), ada)
    assert "All of them are destroyed" in staff.get(f"/desk/access/{rhea.pk}/").content.decode()


def test_reader_who_keeps_a_copy_says_where(client, rhea, asked):
    client.force_login(rhea)
    page = client.post(f"/my/copies/{asked.pk}/", {"answer": "kept", "words": " "}).content.decode()
    assert "Say which copies are left" in page
    with pytest.raises(FlowError, match="Say which copies"):
        flows.answer(asked, by=rhea, answer="kept")
    client.post(f"/my/copies/{asked.pk}/", {"answer": "kept", "words": "Backups, until May."})
    row = DestructionRequest.objects.get()
    assert (row.answer, row.words) == ("kept", "Backups, until May.")
    assert Record.objects.filter(action="copies.kept").exists()


def test_wrong_person_wrong_answer_and_nothing_left(client, ada, rhea, asked):
    otto = cast.otto()
    client.force_login(otto)
    assert client.get(f"/my/copies/{asked.pk}/").status_code == 404
    with pytest.raises(FlowError, match="Only the person"):
        flows.answer(asked, by=otto, answer="destroyed")
    with pytest.raises(FlowError, match="one of the two"):
        flows.answer(asked, by=rhea, answer="perhaps")
    with pytest.raises(FlowError, match="permission"):
        flows.ask_to_destroy(rhea, by=cast.sal(), reason="x")
    with pytest.raises(FlowError, match="every copy they have"):
        flows.ask_to_destroy(rhea, by=ada, reason="Again.")
