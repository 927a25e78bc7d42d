"""The desk's own pages: business hours, notices and absence, chat channels."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ndaflow.chat.models import ChatChannel
from ndaflow.duty import flows as duty
from ndaflow.duty.hours import business_time
from ndaflow.duty.models import Absence, NewRequestMail, Office
from ndaflow.duty.refusals import Refusal
from tests import cast
from tests.signin import staff_client
from trustcenter.audit import FlowError
from trustcenter.audit.models import Record
from trustcenter.work.models import Task

pytestmark = pytest.mark.django_db

WEEK = {f"from_{day}": "08:30" for day in range(4)} | {f"to_{day}": "16:30" for day in range(4)}
HOURS = {"zone": "Europe/Berlin", "holidays": "2026-12-25 Christmas Day\n\n2026-12-26"} | WEEK


@pytest.fixture
def ada(client):
    person = cast.ada()
    staff_client(client, person)
    return person


def test_administrator_changes_the_hours(client, ada):
    assert 'value="09:00"' in client.get("/desk/hours/").content.decode()
    page = client.post("/desk/hours/", HOURS, follow=True).content.decode()
    assert "Saved." in page and 'value="08:30"' in page and "2026-12-25 Christmas Day" in page
    office = business_time()
    assert office.zone.key == "Europe/Berlin" and office.week[4] is None and len(office.holidays) == 2
    client.post("/desk/hours/", HOURS | {"zone": "UTC"})
    assert Office.objects.get().zone == "UTC"
    assert Record.objects.filter(action="desk.hours_changed").count() == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"zone": "Mars/Base"}, "Select a valid choice"),
        ({"to_0": ""}, "Fill in both, or neither."),
        ({"to_0": "08:00"}, "Business hours end after they begin."),
        ({"from_0": "x"}, "Enter a valid time."),
        ({f"{end}_{day}": "" for day in range(4) for end in ("from", "to")}, "Choose at least one day"),
        ({"holidays": "25.12.2026 Christmas"}, "Line 1 is “25.12.2026 Christmas”."),
    ],
)
def test_impossible_hours_are_refused_and_nothing_typed_is_lost(client, ada, change, sentence):
    page = client.post("/desk/hours/", HOURS | change).content.decode()
    assert sentence in page and not Office.objects.exists()
    assert "Christmas" in page


def test_hours_in_which_nothing_can_be_answered_are_refused(ada):
    office = business_time()
    for week, holidays, zone, code in (
        ([None] * 7, {}, "UTC", Refusal.NO_HOURS),
        (office.week, {}, "Mars/Base", Refusal.NO_ZONE),
        (
            office.week,
            {timezone.localdate() + timedelta(days=n): "" for n in range(3700)},
            "UTC",
            Refusal.NO_WORKING_DAY,
        ),
    ):
        with pytest.raises(FlowError) as refused:
            duty.change_hours(zone, week, holidays, by=ada)
        assert refused.value.code == code
    with pytest.raises(FlowError) as refused:
        duty.change_hours("UTC", office.week, {}, by=cast.ben())
    assert refused.value.code == Refusal.NOT_ADMINISTRATOR


def test_approver_chooses_mails_and_says_when_they_are_away(client):
    ben, ada = cast.ben(), cast.ada()
    staff_client(client, ben)
    assert "every approver gets an e-mail for now" in client.get("/desk/notices/").content.decode()
    client.post("/desk/notices/", {"new_requests": "on"})
    assert NewRequestMail.objects.get().person == ben
    client.post("/desk/notices/", {})
    assert not NewRequestMail.objects.exists()
    page = client.post(reverse("desk:be_away")).content.decode()
    assert "Enter the first day." in page and "This field is required" not in page
    day = timezone.localdate().isoformat()
    page = client.post(reverse("desk:be_away"), {"starts_on": day, "ends_on": day, "deputy": ben.pk}).content.decode()
    assert "Select a valid choice" in page and not Absence.objects.exists()
    page = client.post(
        reverse("desk:be_away"), {"starts_on": day, "ends_on": "2000-01-01", "deputy": ada.pk}
    ).content.decode()
    assert "The last day is before the first day." in page and f'value="{day}"' in page
    page = client.post(
        reverse("desk:be_away"), {"starts_on": day, "ends_on": day, "deputy": ada.pk}, follow=True
    ).content.decode()
    assert "(ada@trust.example) stands in for you." in page and Absence.objects.get().deputy == ada
    assert "You are back." in client.post(reverse("desk:be_back"), follow=True).content.decode()
    assert not Absence.objects.exists()


def test_administrator_adds_tests_and_removes_a_channel(client, ada):
    page = client.post(
        "/desk/channels/", {"kind": "slack", "about": "requests", "address": "https://10.0.0.1/x"}
    ).content.decode()
    assert "lead to a public host" in page and not ChatChannel.objects.exists()
    address = "https://hooks.slack.com/services/T0/B0/secret"
    page = client.post(
        "/desk/channels/", {"kind": "slack", "about": "requests", "address": address}, follow=True
    ).content.decode()
    assert "hooks.slack.com" in page and "secret</small>" not in page and "B0/secret" not in page
    channel = ChatChannel.objects.get()
    page = client.post(reverse("desk:test_channel", args=[channel.pk]), follow=True).content.decode()
    assert "A test message is on its way." in page
    assert Task.objects.get(lane="chat").arguments == [channel.pk, "test", ""]
    ChatChannel.objects.update(failed_at=timezone.now(), failure="it answered 404")
    assert "it answered 404" in client.get("/desk/channels/").content.decode()
    assert "Removed." in client.post(reverse("desk:remove_channel", args=[channel.pk]), follow=True).content.decode()
    assert client.post(reverse("desk:remove_channel", args=[channel.pk])).status_code == 404
