"""How an address begins to get posts, changes what it gets, and ends it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from allauth.core.internal.cryptokit import generate_user_code, normalize_user_code
from django.db.models import F, QuerySet
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare, salted_hmac

from certifications.models import Subscription, SubscriptionRequest, Update
from certifications.models.subscriptions import Rhythm, SubscribedTopic
from certifications.subscribing.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts.mail_limits import Counted
from trustcenter.audit import FlowError

TRIES = 5
# Longer than a sign-in code, because it opens nothing, and mails to shared mailboxes are read later.
LASTS = timedelta(hours=1)


def ask(mail: Counted, topics: Iterable[str], rhythm: Rhythm) -> SubscriptionRequest:
    """Mails a code to an address. The subscription begins when somebody types it."""
    chosen = _checked(topics)
    code = generate_user_code(length=8)
    with audit.change(by=None) as change:
        made = SubscriptionRequest(
            address=mail.email,
            topics=chosen,
            rhythm=rhythm,
            language=translation.get_language() or "",
            tries_left=TRIES,
            expires_at=change.at + LASTS,
        )
        made.digest = _digest(made.pk, code)
        made.save(force_insert=True)
        context = {"code": code, "request": made, "minutes": LASTS // timedelta(minutes=1)}
        change.mail("subscription_code", to=mail.email, context=context, expires_at=made.expires_at)
    return made


def confirm(request_id: str, typed: str) -> Subscription:
    """Begins the subscription, or changes the one that the address has. Raises FlowError for another code.

    A program that follows the links of mails can use nothing up: only the code does it.
    """
    rows = SubscriptionRequest.objects.filter(pk=request_id)
    # One statement counts the try, so many at once are not more than TRIES.
    if not rows.filter(tries_left__gt=0, expires_at__gt=timezone.now()).update(tries_left=F("tries_left") - 1):
        raise FlowError(Refusal.CODE_OVER)
    asked = rows.first()
    if asked is None or not constant_time_compare(asked.digest, _digest(asked.pk, typed)):
        raise FlowError(Refusal.CODE_WRONG if asked and asked.tries_left else Refusal.CODE_OVER)
    with audit.change(by=None) as change:
        # Of two that type it at once, one goes on.
        if not rows.delete()[0]:
            raise FlowError(Refusal.CODE_OVER)
        # Two codes of one address may be typed at once, in two browsers.
        Subscription.objects.get_or_create(address=asked.address, defaults={"confirmed_at": change.at})
        found = Subscription.objects.select_for_update(no_key=True).get(address=asked.address)
        found.language = asked.language
        _set(found, asked.topics, Rhythm(asked.rhythm), change.at)
    return found


def choose(subscription: Subscription, topics: Iterable[str], rhythm: Rhythm) -> None:
    """Changes what a subscription brings, and when. Raises FlowError if it has ended meanwhile."""
    chosen = _checked(topics)
    with audit.change(by=None) as change:
        found = Subscription.objects.select_for_update(no_key=True).filter(pk=subscription.pk).first()
        if found is None:
            raise FlowError(Refusal.NO_SUBSCRIPTION)
        _set(found, chosen, rhythm, change.at)


def end(token: str) -> None:
    """Ends a subscription at once, and deletes the address. Nothing happens if it has ended already."""
    with audit.change(by=None):
        _remove(Subscription.objects.filter(token=token))


def forget(address: str) -> None:
    """Deletes what is kept of an address, in the caller's transaction."""
    _remove(Subscription.objects.filter(address=address))
    SubscriptionRequest.objects.filter(address=address).delete()


def _remove(rows: "QuerySet[Subscription]") -> None:
    # Locked first: a batch that mails it at this moment would add a note that it was sent while it is deleted.
    list(rows.select_for_update(no_key=True).values_list("pk"))
    rows.delete()


def next_digest(after: datetime) -> datetime:
    """Eight o'clock UTC on the next Monday."""
    day = after.replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=-after.weekday() % 7)
    return day if day > after else day + timedelta(days=7)


def _set(found: Subscription, topics: Iterable[str], rhythm: Rhythm, at: datetime) -> None:
    if rhythm == Rhythm.WEEKLY and found.due_at is None:
        found.due_at = next_digest(at)
    found.rhythm = rhythm
    found.save()
    found.topics.exclude(category__in=topics).delete()
    rows = [SubscribedTopic(subscription=found, category=topic) for topic in topics]
    SubscribedTopic.objects.bulk_create(rows, ignore_conflicts=True)


def _checked(topics: Iterable[str]) -> list[str]:
    chosen = [category for category in Update.Category.values if category in set(topics)]
    if not chosen:
        raise FlowError(Refusal.NO_TOPIC)
    return chosen


def _digest(request_id: str, code: str) -> str:
    bound = f"{request_id} {normalize_user_code(code)}"
    return salted_hmac("trustcenter subscription code", bound, algorithm="sha256").hexdigest()
