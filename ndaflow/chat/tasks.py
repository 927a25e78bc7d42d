"""The task that sends a message, in a lane of its own: a chat that does not answer delays no mail."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ndaflow.chat import messages, sending
from ndaflow.chat.models import ChatChannel
from trustcenter.web import boxes
from trustcenter.work.lanes import Lane
from trustcenter.work.queue import GiveUp
from trustcenter.work.tasks import background

# What the encryption of addresses is for; see `boxes`.
ADDRESS = "chat channel"


def _named(ids: list[str]) -> dict[str, str]:
    return {one.pk: str(one) for one in ChatChannel.objects.filter(pk__in=ids)}


@background(Lane.CHAT, _("Send a message to a chat channel"), about=_named)
def tell(channel_id: str, event: str, subject: str) -> None:
    """Sends the message of an event to one channel, at least once. A channel that was removed meanwhile gets nothing."""
    channel = ChatChannel.objects.filter(pk=channel_id).first()
    if channel is None:
        return
    message = messages.of(event, subject, names_people=channel.names_people)
    if message is None:
        return
    try:
        sending.post(boxes.decrypt(channel.address, purpose=ADDRESS), messages.body(channel.kind, message))
    except (sending.Rejected, sending.Forbidden, ValueError) as error:
        _note(channel, str(error))
        raise GiveUp(str(error)) from error
    except (sending.Later, OSError) as error:
        _note(channel, str(error) or type(error).__name__)
        raise
    ChatChannel.objects.filter(pk=channel.pk).update(sent_at=timezone.now(), failure="")


def _note(channel: ChatChannel, failure: str) -> None:
    ChatChannel.objects.filter(pk=channel.pk).update(failed_at=timezone.now(), failure=failure[:200])
