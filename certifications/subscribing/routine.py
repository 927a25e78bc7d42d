"""Scheduled work: begin the weekly digests, go on where a worker was killed, and forget what is not needed any more."""

from django.utils import timezone

from certifications.models import SentAnnouncement, SubscriptionRequest
from certifications.subscribing import sending
from certifications.subscribing.tasks import mail_digests, mail_update
from trustcenter import audit
from trustcenter.work import queue
from trustcenter.work.clock import every


@every(300)
def go_on() -> None:
    """Starts what is due and on no queue: digests on their day, and posts whose task was lost."""
    with audit.change(by=None) as change:
        for announcement_id in sending.waiting():
            if not queue.known(mail_update, announcement_id):
                change.task(mail_update, announcement_id)
        day = timezone.localdate().isoformat()
        if sending.are_digests_due() and not queue.known(mail_digests, day):
            change.task(mail_digests, day)


@every(3600)
def delete_old() -> None:
    """Deletes requests whose code nobody typed, and notes of posts that nobody is mailed any more."""
    now = timezone.now()
    SubscriptionRequest.objects.filter(expires_at__lt=now).delete()
    SentAnnouncement.objects.filter(at__lt=now - 2 * sending.RECENT).delete()
