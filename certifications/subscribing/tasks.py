"""Background tasks that mail posts. Each may run twice and has one effect."""

from django.utils.translation import gettext_lazy as _

from certifications.models import Update
from certifications.subscribing import sending
from trustcenter.work.lanes import Lane
from trustcenter.work.tasks import background


def _updates(ids: list[str]) -> dict[str, str]:
    return {str(one.pk): one.title for one in Update.objects.filter(pk__in=ids)}


# Somebody waits for a code or a decision, and nobody for news.
@background(Lane.MAIL, _("Mail a post to subscribers"), about=_updates, priority=-10)
def mail_update(update_id: int) -> None:
    """Mails a post to the next subscribers, and starts itself again while there are more."""
    sending.send_at_once(update_id, then=mail_update)


@background(Lane.MAIL, _("Mail the weekly digest"), about=lambda days: {day: day for day in days}, priority=-10)
def mail_digests(day: str) -> None:
    """Mails the next digests, and starts itself again while there are more. `day` names the run."""
    sending.send_digests(day, then=mail_digests)
