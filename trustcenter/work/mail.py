"""Mail: written in the transaction that causes it, handed over by a task at least once."""

from collections.abc import Callable, Sequence
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection
from django.tasks import task
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone

from trustcenter.work.ids import new_id
from trustcenter.work.models import Mail

# What reads an attachment: its id -> (file name, bytes), or None where it is no longer to be had.
Attachment = Callable[[str], tuple[str, bytes] | None]

_attachments: dict[str, Attachment] = {}


class NotInTransaction(Exception):
    """Mail outside a transaction could be sent for a change that never happened."""


def attaches(kind: str) -> Callable[[Attachment], Attachment]:
    """Registers how a kind of attachment is read: at hand-over, never kept with the mail."""

    def register(read: Attachment) -> Attachment:
        _attachments[kind] = read
        return read

    return register


def send(
    template: str,
    *,
    to: str,
    context: dict[str, Any] | None = None,
    attachments: Sequence[tuple[str, str]] = (),
) -> Mail:
    """Writes one mail from templates/mail/<template>.txt and asks the worker to hand it over after commit.

    `attachments` are kinds that somebody registered with `attaches`, each with an id. The template is "Subject: …", an
    empty line, the body; our footer follows. Raises NotInTransaction outside of a transaction and KeyError for an
    attachment of a kind that nobody registered.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(f"mail {template} outside a transaction")
    for kind, _id in attachments:
        _attachments[kind]
    subject, body = render(template, context or {})
    id = new_id()
    host = urlsplit(settings.SITE_URL).hostname
    mail = Mail.objects.create(
        id=id,
        message_id=f"<{id}@{host}>",
        to=to,
        subject=subject,
        body=body,
        attachments=[list(one) for one in attachments],
    )
    hand_over.enqueue(mail.id)
    return mail


def render(template: str, context: dict[str, Any]) -> tuple[str, str]:
    """Subject and body, as plain text."""
    words = {"SITE_URL": settings.SITE_URL, "sender": parseaddr(settings.DEFAULT_FROM_EMAIL)[0], **context}
    text = _plain(f"mail/{template}.txt", words)
    head, _, body = text.strip().partition("\n\n")
    if not head.startswith("Subject: "):
        raise ValueError(f"templates/mail/{template}.txt does not begin with a subject")
    # A name with a line break in it must not become a header of its own.
    subject = " ".join(head.removeprefix("Subject: ").split())[:300]
    return subject, f"{body.strip()}\n\n-- \n{_plain('mail/footer.txt', words).strip()}\n"


def _plain(path: str, words: dict[str, Any]) -> str:
    # Escaping is for HTML: in a plain text it would turn O'Brien into O&#x27;Brien.
    return get_template(path).template.render(Context(words, autoescape=False))  # type: ignore[attr-defined]


@task()
def hand_over(mail_id: str) -> None:
    """Gives one mail to the mail server, at least once, always under the same Message-ID.

    Raises what the mail server raises: the worker tries again later.
    """
    mail = Mail.objects.filter(id=mail_id, sent_at=None).first()
    if mail is None:
        return
    message = EmailMessage(
        mail.subject,
        mail.body,
        to=[mail.to],
        headers={"Message-ID": mail.message_id, "Date": _date(mail), "Auto-Submitted": "auto-generated"},
    )
    for kind, attachment_id in mail.attachments:
        if (attachment := _attachments[kind](attachment_id)) is not None:
            message.attach(*attachment)
    message.send()
    mail.sent_at = timezone.now()
    if not settings.DEMO:
        mail.body = ""
    mail.save(update_fields=["sent_at", "body"])


def _date(mail: Mail) -> str:
    return mail.created_at.strftime("%a, %d %b %Y %H:%M:%S +0000")
