"""Mail: written in the transaction that causes it, handed to the mail server by a task at least once."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection
from django.tasks import task
from django.template import Context, Engine
from django.utils import timezone, translation

from trustcenter.work.clock import every
from trustcenter.work.ids import new_id
from trustcenter.work.models import Mail

# Reads an attachment: its id -> (file name, bytes), or None if it no longer exists.
Attachment = Callable[[str], tuple[str, bytes] | None]
# Answers the address that takes questions, or "".
Contact = Callable[[], str]

# Long enough to answer "did the mail leave?", in which time a mail server has delivered it or returned it.
KEEP_SENT = timedelta(days=30)

_attachments: dict[str, Attachment] = {}
_contacts: list[Contact] = []


class NotInTransaction(Exception):
    """Mail outside a transaction could be sent for a change that never happened."""


def attaches(kind: str) -> Callable[[Attachment], Attachment]:
    """Registers how to read a kind of attachment. It is read at hand-over and never kept with the mail."""

    def register(read: Attachment) -> Attachment:
        _attachments[kind] = read
        return read

    return register


def names_contact(contact: Contact) -> Contact:
    """Registers who knows the address that the footer of each mail names for questions."""
    _contacts[:] = [contact]
    return contact


def send(
    template: str,
    *,
    to: str,
    context: dict[str, Any] | None = None,
    attachments: Sequence[tuple[str, str]] = (),
) -> Mail:
    """Writes one mail from templates/mail/<template>.txt; the worker hands it over after the commit.

    `attachments` are pairs of a kind registered with `attaches` and an id. The template is "Subject: …", an empty
    line and the body; the footer is added. Raises NotInTransaction outside a transaction and KeyError for an
    attachment of an unregistered kind.
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
    """Subject and body as plain text, in the language of the recipient.

    The site has one language so far. It is set here because the active language belongs to the person whose
    request causes the mail, or to nobody in a worker.
    """
    with translation.override(settings.LANGUAGE_CODE):
        text = _plain(f"mail/{template}.txt", {"SITE_URL": settings.SITE_URL, **context})
        footer = _plain("mail/footer.txt", {"sender": parseaddr(settings.DEFAULT_FROM_EMAIL)[0], "contact": _contact()})
    head, _, body = text.strip().partition("\n\n")
    if not head.startswith("Subject: "):
        raise ValueError(f"templates/mail/{template}.txt does not begin with a subject")
    # A name with a line break in it must not become a header of its own.
    subject = " ".join(head.removeprefix("Subject: ").split())[:300]
    # Tags that print nothing leave empty lines.
    body = re.sub(r"\n\s*\n\n+", "\n\n", body)
    return subject, f"{body.strip()}\n\n-- \n{footer.strip()}\n"


def _contact() -> str:
    return next((contact() for contact in _contacts), "")


def _plain(path: str, words: dict[str, Any]) -> str:
    # Escaping is for HTML: in plain text it would turn O'Brien into O&#x27;Brien.
    return Engine.get_default().get_template(path).render(Context(words, autoescape=False))


@task()
def hand_over(mail_id: str) -> None:
    """Gives one mail to the mail server at least once, always with the same Message-ID.

    Errors of the mail server are raised, so that the worker tries again later.
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


@every(3600)
def delete_sent() -> int:
    """Deletes mails that were handed over long ago; returns how many. Their addresses are personal data."""
    return Mail.objects.filter(sent_at__lt=timezone.now() - KEEP_SENT).delete()[0]


def _date(mail: Mail) -> str:
    return mail.created_at.strftime("%a, %d %b %Y %H:%M:%S +0000")
