"""Background tasks that mail posts. Each may run twice and has one effect."""

from django.utils.translation import gettext_lazy as _

from certifications.models import Announcement
from certifications.subscribing import sending
from trustcenter.work.lanes import Lane
from trustcenter.work.tasks import background


def _announcements(ids: list[str]) -> dict[str, str]:
    found = Announcement.objects.filter(pk__in=ids).select_related("update")
    return {str(one.pk): one.update.title for one in found}


# Somebody waits for a code or a decision, and nobody for news.
@background(Lane.MAIL, _("E-mail a post to subscribers"), about=_announcements, priority=-10)
def mail_update(announcement_id: int) -> None:
    """Mails a post, or an entry of its timeline, to the next subscribers, and goes on while there are more."""
    sending.send_at_once(announcement_id, then=mail_update)


@background(Lane.MAIL, _("E-mail the weekly digest"), about=lambda days: {day: day for day in days}, priority=-10)
def mail_digests(day: str) -> None:
    """Mails the next digests, and starts itself again while there are more. `day` names the run."""
    sending.send_digests(day, then=mail_digests)
