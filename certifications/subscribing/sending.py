"""Mails posts to subscribers, a few in each transaction: the mail and the note that it was sent stand or fall together."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.tasks import Task
from django.urls import reverse
from django.utils import timezone

from certifications.models import SentUpdate, Subscription, Update
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


def send_at_once(update_id: int, *, then: "Task[..., Any]") -> None:
    """Mails a post to the next subscribers who want it at once. `then` goes on while there may be more of them."""
    with audit.change(by=None) as change:
        # Held alone, so that two workers do not choose the same subscribers.
        rows = Announcement.objects.select_for_update(no_key=True).filter(update=update_id, ended_at=None)
        announced = rows.first()
        if announced is None:
            return
        update = Update.objects.prefetch_related("timeline").get(pk=update_id)
        due = Subscription.objects.filter(
            rhythm=Rhythm.AT_ONCE, confirmed_at__lte=announced.at, topics__category=update.category
        ).exclude(sent__update=update)
        # Who unsubscribes at this moment waits, or is not there any more.
        batch = list(due.select_for_update(of=("self",), no_key=True).order_by("pk")[:BATCH])
        allowed = _readers(update, batch, change.at)
        for subscription in batch:
            if update.is_published and (not update.level or subscription.address in allowed):
                _mail(change, "update_post", subscription, {"update": update})
        _note(change, batch, [update])
        if len(batch) == BATCH:
            change.task(then, update_id)
        else:
            rows.update(ended_at=change.at)


def send_digests(day: str, *, then: "Task[..., Any]") -> None:
    """Mails the next weekly digests that are due. `then` goes on while there may be more of them."""
    with audit.change(by=None) as change:
        due = Subscription.objects.select_for_update(no_key=True).filter(due_at__lte=change.at)
        batch = list(due.order_by("pk")[:BATCH])
        recent = list(Announcement.objects.filter(at__gt=change.at - RECENT).order_by("-at").select_related("update"))
        for subscription in batch:
            posts = _for_digest(subscription, recent, change.at)
            if posts:
                _mail(change, "updates_digest", subscription, {"updates": posts})
                _note(change, [subscription], posts)
            is_weekly = subscription.rhythm == Rhythm.WEEKLY
            subscription.due_at = next_digest(change.at) if is_weekly else None
            subscription.save(update_fields=["due_at"])
        if len(batch) == BATCH:
            change.task(then, day)


def waiting() -> Iterable[int]:
    """The posts that not all subscribers have got."""
    recent = Announcement.objects.filter(ended_at=None, at__gt=timezone.now() - RECENT)
    return recent.values_list("update", flat=True)


def are_digests_due() -> bool:
    return Subscription.objects.filter(due_at__lte=timezone.now()).exists()


def page_of(subscription: Subscription, name: str = "subscription") -> str:
    """The address of a subscription's page."""
    return settings.SITE_URL + reverse(f"certifications:{name}", args=[subscription.token])


def _for_digest(subscription: Subscription, recent: list[Announcement], at: datetime) -> list[Update]:
    """The posts that it has not got, the newest first, as far as its reader may see them."""
    topics = set(subscription.topics.values_list("category", flat=True))
    sent = set(subscription.sent.values_list("update", flat=True))
    since = subscription.confirmed_at
    wanted = [
        one.update
        for one in recent
        if one.at >= since and one.update_id not in sent and one.update.category in topics and one.update.is_published
    ]
    return [one for one in wanted if not one.level or subscription.address in _readers(one, [subscription], at)]


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
    )


def _note(change: Change, subscriptions: Iterable[Subscription], updates: Iterable[Update]) -> None:
    posts = list(updates)
    SentUpdate.objects.bulk_create(
        SentUpdate(subscription=one, update=post, at=change.at) for one in subscriptions for post in posts
    )
