"""The timeline of an incident, and the clocks of its notification duties."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from certifications.models import DutyClock, IncidentEntry, Update
from certifications.updates import duties, flows, reminding
from certifications.updates.refusals import Refusal
from tests import cast
from tests.certifications.updates import sample
from tests.signin import staff_client
from trustcenter.audit import FlowError, state
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db

Duty = DutyClock.Duty


def words_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def refused(step, *args, **words) -> str:
    with pytest.raises(FlowError) as refusal:
        step(*args, **words)
    return refusal.value.code


def test_an_editor_writes_an_incident_with_its_timeline(client):
    edda = cast.edda()
    staff_client(client, edda)
    typed = {
        "category": "incident",
        "title": "Export late",
        "body": "Late by two hours.",
        "started_at": "2026-03-03T06:40",
    }
    address = client.post("/desk/updates/new/", typed).url
    made = Update.objects.get()
    assert made.started_at == sample.BEGAN
    page = client.post(f"{address}publish/", {"saw": flows.seen(made)}, follow=True)
    assert "Write the first entry of its timeline" in words_of(page)
    entry = {"status": "investigating", "at": "2026-03-03T08:55", "text": "We look into it."}
    assert client.post(f"{address}timeline/", entry).status_code == 302
    client.post(f"{address}publish/", {"saw": flows.seen(made)})
    entry = {"status": "resolved", "at": "2026-03-03T14:10", "text": "All entries are sent."}
    client.post(f"{address}timeline/", entry)
    made.refresh_from_db()
    assert made.edited_at and [one.slug for one in made.timeline.all()] == ["export-late-2", "export-late-1"]
    assert Record.objects.filter(action="incident.continued").count() == 2
    for wrong, sentence in (
        ({"at": "2026-03-03T06:39"}, "before the incident began"),
        ({"at": "2099-01-01T00:00"}, "in the future"),
        ({}, "There is already an entry for this time"),
        ({"status": "fine"}, "not one of the available choices"),
        ({"text": ""}, "Enter what happened."),
        ({"at": ""}, "Enter a day and a time."),
    ):
        answer = client.post(f"{address}timeline/", entry | wrong)
        assert sentence in words_of(answer), wrong
        assert "text" in wrong or "All entries are sent." in words_of(answer)
    assert IncidentEntry.objects.count() == 2


def test_only_an_incident_has_a_course_and_keeps_it():
    edda = cast.edda()
    plain, incident = sample.post(edda), sample.incident(edda)
    at = timezone.now()
    entry = {"status": IncidentEntry.Status.RESOLVED, "at": at, "text": "x", "by": edda}
    assert refused(flows.add_entry, plain, **entry) == Refusal.NO_INCIDENT
    assert refused(duties.start, plain, Duty.AUTHORITY, at=at, by=edda) == Refusal.NO_INCIDENT
    assert refused(flows.add_entry, incident, **entry | {"by": cast.sal()}) == Refusal.NOT_WRITER
    saw = flows.seen(incident)
    incident.category, incident.started_at = "general", None
    links = {"products": (), "certifications": ()}
    assert refused(flows.write, incident, saw=saw, by=edda, **links) == Refusal.HAS_TIMELINE
    with pytest.raises(IntegrityError), transaction.atomic():
        Update.objects.filter(pk=plain.pk).update(category="incident")


def test_each_duty_runs_from_its_own_event():
    """The hours of the laws, and nothing that mixes two of them up."""
    edda, lena = cast.edda(), cast.person("lena@trust.example", "Lena Legal", "legal")
    made = sample.incident(edda)
    aware, fixed = sample.BEGAN + timedelta(hours=2), sample.BEGAN + timedelta(days=3)
    started = {
        duty: duties.start(made, duty, at=at, by=lena)
        for duty, at in ((Duty.AUTHORITY, aware), (Duty.CRA_WARNING, aware), (Duty.CRA_REPORT, fixed))
    }
    first = duties.start(made, Duty.CUSTOMERS, at=aware, by=edda, contract="Example Corp", hours=48)
    duties.start(made, Duty.CUSTOMERS, at=aware, by=edda, contract="Sample AG", hours=24)
    assert started[Duty.AUTHORITY].due_at == aware + timedelta(hours=72)
    assert started[Duty.CRA_WARNING].due_at == aware + timedelta(hours=24)
    assert started[Duty.CRA_REPORT].due_at == fixed + timedelta(days=14)
    assert first.due_at == aware + timedelta(hours=48)
    # Hours that are typed for a law change nothing.
    notice = duties.start(made, Duty.CRA_NOTICE, at=aware, by=edda, contract="x", hours=500)
    assert notice.hours == 72 and notice.contract == ""
    for duty, words, code in (
        (Duty.AUTHORITY, {}, Refusal.DUTY_TWICE),
        (Duty.CUSTOMERS, {"contract": "Example Corp"}, Refusal.NO_CONTRACT),
        (Duty.CUSTOMERS, {"hours": 24}, Refusal.NO_CONTRACT),
        (Duty.CUSTOMERS, {"hours": 24, "contract": "x", "at": timezone.now() + timedelta(1)}, Refusal.NOT_YET),
        (Duty.CUSTOMERS, {"hours": 24, "contract": "x", "by": cast.sal()}, Refusal.NOT_WRITER),
    ):
        assert refused(duties.start, made, duty, **{"at": aware, "by": edda} | words) == code
    for wrong in ({"hours": 71}, {"duty": "cra_report"}, {"contract": "x"}, {"met_at": aware - timedelta(1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            DutyClock.objects.filter(pk=started[Duty.AUTHORITY].pk).update(**wrong)
    # A duty that is met ends its own clock only, and says whether it was in time.
    assert refused(duties.meet, first, at=aware - timedelta(minutes=1), by=edda) == Refusal.BEFORE_EVENT
    duties.meet(first, at=aware + timedelta(hours=47), by=edda)
    assert refused(duties.meet, first, at=timezone.now(), by=edda) == Refusal.DUTY_MET
    first.refresh_from_db()
    assert not first.is_late and DutyClock.objects.filter(met_at=None).count() == 5
    duties.meet(started[Duty.CRA_WARNING], at=aware + timedelta(hours=25), by=lena)
    late = DutyClock.objects.get(duty=Duty.CRA_WARNING)
    assert late.is_late and not state.difference(late)
    # The log holds its times: nobody moves an event afterwards.
    DutyClock.objects.filter(pk=late.pk).update(started_at=aware + timedelta(hours=10))
    assert "dutyclock" in str(state.difference(DutyClock.objects.get(pk=late.pk)))


def test_final_report_on_an_incident_is_due_a_month_after_its_notification():
    edda = cast.edda()
    made = sample.incident(edda)
    aware, told = sample.BEGAN + timedelta(hours=2), sample.BEGAN + timedelta(hours=30)
    assert refused(duties.start, made, Duty.CRA_INCIDENT, at=told, by=edda) == Refusal.NO_NOTIFICATION
    notice = duties.start(made, Duty.CRA_NOTICE, at=aware, by=edda)
    assert refused(duties.start, made, Duty.CRA_INCIDENT, at=told, by=edda) == Refusal.NO_NOTIFICATION
    duties.meet(notice, at=told, by=edda)
    # Neither from the incident nor from when we knew of it.
    with pytest.raises(FlowError, match="submitted at 2026-03-04 12:40 UTC"):
        duties.start(made, Duty.CRA_INCIDENT, at=aware, by=edda)
    clock = duties.start(made, Duty.CRA_INCIDENT, at=told, by=edda)
    assert clock.due_at == told.replace(month=4)
    for day, due in (("2026-01-31", "2026-02-28"), ("2028-01-31", "2028-02-29"), ("2026-12-15", "2027-01-15")):
        at = datetime.fromisoformat(f"{day}T10:00Z")
        assert f"{at + timedelta(hours=Duty.CRA_INCIDENT.hours_from(at)):%Y-%m-%dT%H}" == f"{due}T10"
    with pytest.raises(IntegrityError), transaction.atomic():
        DutyClock.objects.filter(pk=clock.pk).update(hours=336)


def test_colleagues_are_mailed_before_a_clock_runs_out_and_when_it_has(monkeypatch):
    edda, lena = cast.edda(), cast.person("lena@trust.example", "Lena Legal", "legal")
    cast.sal()
    made = sample.incident(edda)
    began = sample.BEGAN + timedelta(hours=2)
    warning, authority = (duties.start(made, duty, at=began, by=edda) for duty in (Duty.CRA_WARNING, Duty.AUTHORITY))
    Mail.objects.all().delete()

    def at(hours: float) -> list[str]:
        """The subjects of the mails that the clock sends so many hours after the event."""
        Mail.objects.all().delete()
        monkeypatch.setattr(timezone, "now", lambda: began + timedelta(hours=hours))
        reminding.remind()
        assert reminding.remind() == 0, "never twice"
        mails = Mail.objects.order_by("pk")
        assert {mail.to for mail in mails} <= {edda.email, lena.email} and len(mails) % 2 == 0
        return sorted(f"{mail.subject.split(':')[0]}, {mail.body.split('- ')[1].split(' (')[0]}" for mail in mails[::2])

    assert at(17.9) == []
    assert at(18) == ["Due soon, Early warning"]
    assert at(23.9) == []
    assert at(24) == ["Overdue, Early warning"]
    # Nobody is reminded of a duty that is met, and one that ran out while no worker ran is not due any more.
    duties.meet(DutyClock.objects.get(pk=authority.pk), at=began + timedelta(hours=24), by=lena)
    notice = duties.start(made, Duty.CRA_NOTICE, at=began, by=edda)
    assert at(73) == ["Overdue, Notification"]
    assert DutyClock.objects.get(pk=notice.pk).reminded_at is None
    # A worker that read the row before somebody met the duty.
    DutyClock.objects.filter(pk=warning.pk).update(met_at=began, overdue_told_at=None)
    assert not reminding._tell(warning, timezone.now())
    assert all(not state.difference(clock) for clock in DutyClock.objects.exclude(pk=warning.pk))


def test_clocks_are_on_the_desk_and_nowhere_else(client):
    edda = cast.edda()
    made = sample.incident(edda)
    staff_client(client, edda)
    address = f"/desk/updates/{made.slug}/"
    typed = {"duty": "customers", "at": "2026-03-03T07:00", "contract": "", "hours": ""}
    answer = client.post(f"{address}duties/", typed)
    assert answer.status_code == 409 and "Say which contract this is" in words_of(answer)
    client.post(f"{address}duties/", typed | {"contract": "Example Corp", "hours": "36"})
    page = words_of(client.get(address))
    assert "Customers, by contract: “Example Corp”" in page and "4 Mar 2026, 19:00 UTC" in page and "Overdue" in page
    clock = DutyClock.objects.get()
    client.post(f"{address}duties/{clock.pk}/", {"at": "2026-03-03T12:00"})
    assert "Told on time" in words_of(client.get(address))
    assert client.post(f"/desk/updates/other/duties/{clock.pk}/", {"at": "2026-03-03T12:00"}).status_code == 404
    for public in (f"/updates/{made.slug}/", "/updates/", "/updates/feed.atom", "/posture.json"):
        found = client.get(public).content
        assert made.title.encode() in found and b"Example Corp" not in found and b"19:00" not in found, public
