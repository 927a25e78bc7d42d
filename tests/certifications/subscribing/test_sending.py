"""Posts by mail: to whom, how often, and what is left when a worker is killed half-way."""

from collections import Counter
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.core import mail as outbox
from django.utils import timezone

from certifications.models import Announcement, IncidentEntry, SentAnnouncement, Subscription, Update
from certifications.models.subscriptions import Rhythm
from certifications.subscribing import flows as subscribing
from certifications.subscribing import routine, sending, tasks
from certifications.updates import flows
from certifications.updates.refusals import Refusal
from tests import cast
from tests.certifications.subscribing.scene import subscriber
from tests.certifications.updates import sample
from trustcenter.audit import FlowError
from trustcenter.audit.models import Record
from trustcenter.work import mail
from trustcenter.work.models import Mail, Task

pytestmark = pytest.mark.django_db

WEEKLY = Rhythm.WEEKLY


def announced(by, title="Export late", **fields) -> Update:
    made = sample.draft(by, title, **{"category": "security"} | fields)
    flows.publish(made, saw=flows.seen(made), by=by, tell=True)
    return Update.objects.get(pk=made.pk)


def told_by(update: Update) -> int:
    """The announcement of a post; 0 if it has none."""
    return Announcement.objects.filter(update=update, entry=None).values_list("pk", flat=True).first() or 0


def mailed() -> Counter[str]:
    return Counter(Mail.objects.values_list("to", flat=True))


def test_a_post_goes_once_to_each_who_wants_it_at_once(client):
    edda = cast.edda()
    mine = subscriber("rhea@example.com", "security")
    subscriber("vera@example.com", "incident")
    Subscription.objects.filter(pk=mine.pk).update(language="de")
    subscriber("otto@example.com", "security", rhythm=WEEKLY)
    made = announced(edda, body="New **keys**.\n\n- one\n- two")
    assert not Mail.objects.exists(), "no mail is made in the request"
    assert Task.objects.get(path__endswith="mail_update").arguments == [told_by(made)]
    assert Record.objects.filter(action="update.announced").count() == 1
    for _ in range(3):
        tasks.mail_update.call(told_by(made))
    assert mailed() == {"rhea@example.com": 1} and Announcement.objects.get().ended_at
    row = Mail.objects.get()
    assert row.language == "de"
    assert "New keys.\n\n- one\n- two" in row.body and f"/updates/{made.slug}/" in row.body
    mail.hand_over.func(row.pk)
    # As another program reads it (RFC 8058, 3.1).
    sent = message_from_bytes(outbox.outbox[-1].message().as_bytes(), policy=policy.default)
    page = sent["List-Unsubscribe"].strip("<>")
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert page.endswith(f"/updates/subscription/{mine.token}/unsubscribe/")
    client.post(page, {"List-Unsubscribe": "One-Click"})
    assert not Subscription.objects.filter(pk=mine.pk).exists() and not SentAnnouncement.objects.exists()


def test_a_worker_that_dies_half_way_mails_nobody_twice_and_nobody_less(monkeypatch):
    edda = cast.edda()
    monkeypatch.setattr(sending, "BATCH", 3)
    addresses = {f"reader{number}@example.com" for number in range(7)}
    for one in addresses:
        subscriber(one)
    made = announced(edda)
    Task.objects.all().delete()
    send, calls = mail.send, []

    def dying(*args, **kwargs):
        calls.append(kwargs["to"])
        if len(calls) == 5:
            raise KeyboardInterrupt
        return send(*args, **kwargs)

    monkeypatch.setattr(mail, "send", dying)
    tasks.mail_update.call(told_by(made))
    with pytest.raises(KeyboardInterrupt):
        tasks.mail_update.call(told_by(made))
    assert sum(mailed().values()) == 3, "the batch in which it died left nothing"
    # The clock finds that the task is lost.
    Task.objects.all().delete()
    routine.go_on()
    routine.go_on()
    assert Task.objects.filter(path__endswith="mail_update").count() == 1
    for _ in range(5):
        tasks.mail_update.call(told_by(made))
    assert mailed() == dict.fromkeys(addresses, 1)
    Task.objects.all().delete()
    routine.go_on()
    assert not Task.objects.exists()


def test_only_who_may_read_a_post_gets_it_and_the_mail_says_nothing_of_it():
    edda, ada, rhea = cast.edda(), cast.ada(), cast.rhea()
    cast.otto()
    cast.granted(rhea, ada, cast.requestable())
    for one in ("rhea@example.com", "otto@outsider.example", "stranger@example.com"):
        subscriber(one)
    subscriber("vera@example.com", rhythm=WEEKLY)
    made = announced(edda, "Confidential title", body="Confidential words", level="nda")
    Mail.objects.all().delete()
    tasks.mail_update.call(told_by(made))
    row = Mail.objects.get()
    assert row.to == "rhea@example.com" and "Confidential" not in row.subject + row.body
    assert f"/updates/{made.slug}/" in row.body
    Subscription.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    tasks.mail_digests.call("today")
    assert mailed() == {"rhea@example.com": 1}


def test_a_digest_has_what_was_announced_and_comes_once_a_week(monkeypatch):
    edda = cast.edda()
    monkeypatch.setattr(sending, "BATCH", 2)
    for number in range(3):
        subscriber(f"reader{number}@example.com", "security", rhythm=WEEKLY)
    late = subscriber("late@example.com", "security", rhythm=WEEKLY)
    announced(edda, "First")
    announced(edda, "Second")
    announced(edda, "Other", category="privacy")
    sample.post(edda, "Not told", category="security")
    old = announced(edda, "Old")
    Announcement.objects.filter(update=old).update(at=timezone.now() - sending.RECENT)
    Subscription.objects.filter(pk=late.pk).update(confirmed_at=timezone.now() + timedelta(seconds=1))
    routine.go_on()
    assert not Task.objects.filter(path__endswith="mail_digests").exists(), "it is not their day"
    Subscription.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    routine.go_on()
    (task,) = Task.objects.filter(path__endswith="mail_digests")
    for _ in range(4):
        tasks.mail_digests.call(*task.arguments)
    assert mailed() == {f"reader{number}@example.com": 1 for number in range(3)}
    body = Mail.objects.first().body
    assert body.index("Second") < body.index("First")
    assert not any(title in body for title in ("Other", "Not told", "Old"))
    assert all(one.due_at > timezone.now() for one in Subscription.objects.all())
    # The next week is about what is new.
    third = announced(edda, "Third")
    Mail.objects.all().delete()
    Subscription.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    tasks.mail_digests.call("next week")
    tasks.mail_digests.call("next week")
    assert "Third" in Mail.objects.first().body and "First" not in Mail.objects.first().body
    assert third.is_published


def test_a_change_of_rhythm_loses_no_post_and_doubles_none():
    edda = cast.edda()
    weekly = subscriber("weekly@example.com", "security", rhythm=WEEKLY)
    once = subscriber("once@example.com", "security")
    made = announced(edda)
    subscribing.choose(weekly, ["security"], Rhythm.AT_ONCE)
    subscribing.choose(once, ["security"], WEEKLY)
    tasks.mail_update.call(told_by(made))
    Subscription.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    tasks.mail_digests.call("today")
    tasks.mail_update.call(told_by(made))
    assert mailed() == {"weekly@example.com": 1, "once@example.com": 1}
    assert Subscription.objects.get(pk=weekly.pk).due_at is None


def test_nobody_is_told_of_what_is_not_published_or_twice(client):
    edda = cast.edda()
    subscriber("rhea@example.com")
    draft = sample.draft(edda)
    with pytest.raises(FlowError) as refused:
        flows.announce(draft, by=edda)
    assert refused.value.code == Refusal.NOT_PUBLISHED
    made = sample.post(edda, "Later told", category="incident", started_at=sample.BEGAN)
    tasks.mail_update.call(told_by(made))
    assert not Mail.objects.exists()
    flows.announce(made, by=edda)
    with pytest.raises(FlowError) as refused:
        flows.announce(made, by=edda)
    assert refused.value.code == Refusal.ANNOUNCED
    subscriber("new@example.com")
    Subscription.objects.filter(address="new@example.com").update(confirmed_at=timezone.now() + timedelta(seconds=1))
    tasks.mail_update.call(told_by(made))
    assert mailed() == {"rhea@example.com": 1}, "who came later reads it on the page"
    assert "Status: Investigating, 3 March 2026, 07:40 UTC" in Mail.objects.get().body
    SentAnnouncement.objects.update(at=timezone.now() - 3 * sending.RECENT)
    routine.delete_old()
    assert not SentAnnouncement.objects.exists()


def test_an_entry_of_a_timeline_is_told_like_a_post():
    edda = cast.edda()
    subscriber("rhea@example.com", "incident")
    subscriber("weekly@example.com", "incident", rhythm=WEEKLY)
    made = sample.incident(edda)
    at = made.started_at + timedelta(hours=6)
    words = {"status": IncidentEntry.Status.RESOLVED, "text": "All **entries** are sent.", "by": edda}
    entry = flows.add_entry(made, at=at, tell=True, **words)
    flows.add_entry(made, at=at + timedelta(hours=1), **words)
    announced = Announcement.objects.get()
    assert announced.entry == entry, "the second was not to be told"
    for _ in range(2):
        tasks.mail_update.call(announced.pk)
    row = Mail.objects.get()
    assert row.to == "rhea@example.com" and row.subject.endswith("Export runs late (Resolved)")
    assert "All entries are sent." in row.body and "Entries reach you late." not in row.body
    Subscription.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    tasks.mail_digests.call("today")
    assert mailed() == {"rhea@example.com": 1, "weekly@example.com": 1}
    draft = sample.draft(edda, "Later", category="incident", started_at=sample.BEGAN)
    flows.add_entry(draft, at=at, tell=True, **words)
    assert Announcement.objects.count() == 1, "nobody is told about a draft"
