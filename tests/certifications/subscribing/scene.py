"""Addresses that have subscribed."""

from datetime import timedelta

from django.utils import timezone

from certifications.models import Subscription, Update
from certifications.models.subscriptions import Rhythm
from certifications.subscribing import flows
from tests.signin import mailed_code
from trustcenter.accounts.mail_limits import Counted
from trustcenter.work.models import Mail


def subscriber(address: str, *topics: str, rhythm: Rhythm = Rhythm.AT_ONCE) -> Subscription:
    """A confirmed subscription since yesterday, to everything unless topics are named."""
    asked = flows.ask(Counted(address), topics or Update.Category.values, rhythm)
    made = flows.confirm(asked.pk, mailed_code(address))
    Subscription.objects.filter(pk=made.pk).update(confirmed_at=timezone.now() - timedelta(days=1))
    Mail.objects.filter(to=address).delete()
    return Subscription.objects.get(pk=made.pk)
