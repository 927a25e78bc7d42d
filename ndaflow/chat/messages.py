"""What a message says, in the form that each kind of channel takes. Names are data there too, never markup."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ndaflow.chat.models import ChatChannel

Kind = ChatChannel.Kind


@dataclass(frozen=True)
class Message:
    """One sentence without personal data unless the channel names people, and the page that it leads to."""

    event: str
    text: str
    url: str


# From the id of a row, and whether people may be named, to the message; None if there is nothing to say any more.
Source = Callable[[str, bool], Message | None]
_sources: dict[str, Source] = {}


def says(event: str) -> Callable[[Source], Source]:
    """Registers who writes the message of an event."""

    def register(source: Source) -> Source:
        _sources[event] = source
        return source

    return register


def of(event: str, subject: str, *, names_people: bool) -> Message | None:
    """The message of an event as it is now. Raises KeyError for an event that nobody registered."""
    return _sources[event](subject, names_people)


def body(kind: str, message: Message) -> dict[str, Any]:
    """What is posted to a channel of that kind."""
    match kind:
        case Kind.SLACK:
            # Slack takes <!channel> and <url|label> for markup; the three letters are all that it asks to escape.
            text = f"{escape_slack(message.text)}\n{message.url}"
            return {"text": text, "unfurl_links": False, "unfurl_media": False}
        case Kind.TEAMS:
            return {"type": "message", "attachments": [_card(message)]}
        case _:
            return {"event": message.event, "text": message.text, "url": message.url}


def escape_slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _card(message: Message) -> dict[str, Any]:
    """An adaptive card. A rich text block takes no Markdown, so that a name cannot become a link."""
    return {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "content": {
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": message.text}]}],
            "actions": [{"type": "Action.OpenUrl", "title": _("Open the desk"), "url": message.url}],
        },
    }
