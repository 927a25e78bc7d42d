"""The steps that add, test and remove chat channels, and the one that tells all of them something."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from ndaflow.chat import addresses, messages, tasks
from ndaflow.chat.models import ChatChannel
from ndaflow.chat.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action
from trustcenter.web import boxes

MANAGE = "ndaflow.manage_chatchannel"
About = ChatChannel.About
MOST = 10
TEST = "test"


def tell(change: Change, event: str, subject: str, about: About = About.REQUESTS) -> None:
    """Sends the message of an event to every channel that is told about such, after the commit; one query."""
    for channel in ChatChannel.objects.filter(about=about).values_list("pk", flat=True):
        change.task(tasks.tell, channel, event, subject)


def is_told(about: About) -> bool:
    """Whether any channel is told about such."""
    return ChatChannel.objects.filter(about=about).exists()


def add(
    kind: ChatChannel.Kind, address: str, *, names_people: bool, by: User, about: About = About.REQUESTS
) -> ChatChannel:
    """Adds a channel. Its host is looked up when a message is sent, and refused then if it is not public."""
    with audit.change(by=by) as change:
        _must_manage(by)
        try:
            host = addresses.parsed(address.strip()).hostname or ""
        except addresses.Forbidden:
            raise FlowError(Refusal.NO_ADDRESS) from None
        if ChatChannel.objects.count() >= MOST:
            raise FlowError(Refusal.TOO_MANY)
        channel = ChatChannel.objects.create(
            kind=kind,
            about=about,
            address=boxes.encrypt(address.strip(), purpose=tasks.ADDRESS),
            host=host,
            names_people=names_people,
            added_by=by,
        )
        change.record(
            Action.DESK_CHANNEL_ADDED,
            subject=channel,
            channel=kind.value,
            host=host,
            tells=about.value,
            names_people="yes" if names_people else "no",
        )
    return channel


def remove(channel: ChatChannel, *, by: User) -> None:
    """Removes a channel. Messages on their way to it are not sent any more."""
    with audit.change(by=by) as change:
        _must_manage(by)
        if not ChatChannel.objects.filter(pk=channel.pk).delete()[0]:
            raise FlowError(Refusal.GONE)
        change.record(Action.DESK_CHANNEL_REMOVED, channel=channel.kind, host=channel.host)


def test(channel: ChatChannel, *, by: User) -> None:
    """Sends a test message to one channel."""
    with audit.change(by=by) as change:
        _must_manage(by)
        if not ChatChannel.objects.filter(pk=channel.pk).exists():
            raise FlowError(Refusal.GONE)
        change.task(tasks.tell, channel.pk, TEST, "")
        change.record(Action.DESK_CHANNEL_TESTED, subject=channel, channel=channel.kind, host=channel.host)


@messages.says(TEST)
def _test(subject: str, names_people: bool) -> messages.Message:
    url = settings.SITE_URL + reverse("desk:requests")
    return messages.Message(
        TEST, _("This is a test message from the trust center. Its messages will appear here."), url
    )


def _must_manage(by: User) -> None:
    if not by.has_perm(MANAGE):
        raise FlowError(Refusal.NOT_MANAGER)
