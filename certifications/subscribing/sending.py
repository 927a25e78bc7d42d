"""Mails posts to subscribers, a few in each transaction: the mail and the note that it was sent stand or fall together."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.tasks import Task
from django.urls import reverse
from django.utils import timezone

from certifications.models import SentAnnouncement, Subscription, Update
from certifications.models.subscriptions import Announcement, Rhythm
from certifications.subscribing.flows import next_digest
from certifications.updates import readers
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import Change

# So that a batch holds the database for a fraction of a second.
BATCH = 50
# What is older is not mailed to anyone any more, after whatever outage.
RECENT = timedelta(days=30)


def send_at_once(announcement_id: int, *, then: "Task[..., Any]") -> None:
    """Tells the next subscribers who want it at once. `then` goes on while there may be more of them."""
    with audit.change(by=None) as change:
        # Held alone, so that two workers do not choose the same subscribers.
        rows = Announcement.objects.select_for_update(no_key=True, of=("self",)).filter(
            pk=announcement_id, ended_at=None
        )
        announced = rows.select_related("update", "entry").first()
        if announced is None:
            return
        update = announced.update
        due = Subscription.objects.filter(
            rhythm=Rhythm.AT_ONCE, confirmed_at__lte=announced.at, topics__category=update.category
        ).exclude(sent__announcement=announced)
        # Who unsubscribes at this moment waits, or is not there any more.
        batch = list(due.select_for_update(of=("self",), no_key=True).order_by("pk")[:BATCH])
        allowed = _readers(update, batch, change.at)
        for subscription in batch:
            if update.is_published and (not update.level or subscription.address in allowed):
                entry = announced.entry or update.latest
                _mail(change, "update_post", subscription, {"announced": announced, "update": update, "entry": entry})
        _note(change, batch, [announced])
        if len(batch) == BATCH:
            change.task(then, announcement_id)
        else:
            announced.ended_at = change.at
            announced.save(update_fields=["ended_at"])


def send_digests(day: str, *, then: "Task[..., Any]") -> None:
    """Mails the next weekly digests that are due. `then` goes on while there may be more of them."""
    with audit.change(by=None) as change:
        due = Subscription.objects.select_for_update(no_key=True).filter(due_at__lte=change.at)
        batch = list(due.order_by("pk")[:BATCH])
        recent = list(
            Announcement.objects.filter(at__gt=change.at - RECENT).order_by("-at").select_related("update", "entry")
        )
        for subscription in batch:
            found = _for_digest(subscription, recent, change.at)
            if found:
                _mail(change, "updates_digest", subscription, {"announcements": found})
                _note(change, [subscription], found)
            is_weekly = subscription.rhythm == Rhythm.WEEKLY
            subscription.due_at = next_digest(change.at) if is_weekly else None
            subscription.save(update_fields=["due_at"])
        if len(batch) == BATCH:
            change.task(then, day)


def waiting() -> Iterable[int]:
    """What not all subscribers who want it at once have been told."""
    recent = Announcement.objects.filter(ended_at=None, at__gt=timezone.now() - RECENT)
    return recent.values_list("pk", flat=True)


def are_digests_due() -> bool:
    return Subscription.objects.filter(due_at__lte=timezone.now()).exists()


def page_of(subscription: Subscription, name: str = "subscription") -> str:
    """The address of a subscription's page."""
    return settings.SITE_URL + reverse(f"certifications:{name}", args=[subscription.token])


def _for_digest(subscription: Subscription, recent: list[Announcement], at: datetime) -> list[Announcement]:
    """What it was not told yet, the newest first, as far as its reader may see it."""
    topics = set(subscription.topics.values_list("category", flat=True))
    sent = set(subscription.sent.values_list("announcement", flat=True))
    since = subscription.confirmed_at
    wanted = [
        one
        for one in recent
        if one.at >= since and one.pk not in sent and one.update.category in topics and one.update.is_published
    ]
    return [
        one
        for one in wanted
        if not one.update.level or subscription.address in _readers(one.update, [subscription], at)
    ]


def _readers(update: Update, subscriptions: Iterable[Subscription], at: datetime) -> set[str]:
    """The addresses whose accounts read at the level of a post: the door decides, as on the page."""
    if not update.level:
        return set()
    addresses = [one.address for one in subscriptions]
    people = User.objects.filter(email__in=addresses, is_active=True, is_staff=False)
    return {person.email for person in people if update.level in readers.open_to(person, at)}


def _mail(change: Change, template: str, subscription: Subscription, context: dict[str, object]) -> None:
    change.mail(
        template,
        to=subscription.address,
        context=context | {"page": page_of(subscription)},
        unsubscribe=page_of(subscription, "unsubscribe"),
        language=subscription.language,
    )


def _note(change: Change, subscriptions: Iterable[Subscription], announcements: Iterable[Announcement]) -> None:
    told = list(announcements)
    SentAnnouncement.objects.bulk_create(
        SentAnnouncement(subscription=one, announcement=what, at=change.at) for one in subscriptions for what in told
    )
