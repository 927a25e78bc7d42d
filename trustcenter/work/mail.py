"""Mail: written in the transaction that causes it, handed to the mail server by a task at least once."""

import logging
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import MIMEPart
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.db.models import Q
from django.template import Context, Engine
from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_lazy

from trustcenter.work import mail_html, mail_server
from trustcenter.work.clock import every
from trustcenter.work.ids import new_id
from trustcenter.work.lanes import Lane
from trustcenter.work.mail_html import Brand
from trustcenter.work.models import Mail
from trustcenter.work.retention import Kept
from trustcenter.work.tasks import background

logger = logging.getLogger(__name__)

# Reads an attachment: its id -> (file name, bytes), or None if it no longer exists.
Attachment = Callable[[str], tuple[str, bytes] | None]
Branding = Callable[[], Brand]
# Answers the language of an address, or "" if it is not known.
Language = Callable[[str], str]

# The end of an address of nobody (RFC 2606), which an account has once its person was erased. Nothing is mailed there.
NOBODY = "@erased.invalid"
_attachments: dict[str, Attachment] = {}
_brandings: list[Branding] = []
_languages: list[Language] = []


class NotInTransaction(Exception):
    """Mail outside a transaction could be sent for a change that never happened."""


def attaches(kind: str) -> Callable[[Attachment], Attachment]:
    """Registers how to read a kind of attachment. It is read at hand-over and never kept with the mail."""

    def register(read: Attachment) -> Attachment:
        _attachments[kind] = read
        return read

    return register


def names_brand(branding: Branding) -> Branding:
    """Registers who knows whose mail it is."""
    _brandings[:] = [branding]
    return branding


def knows_language(language: Language) -> Language:
    """Registers who knows the language of a recipient."""
    _languages[:] = [language]
    return language


def send(
    template: str,
    *,
    to: str,
    context: dict[str, Any] | None = None,
    attachments: Sequence[tuple[str, str]] = (),
    expires_at: datetime | None = None,
    reply_to: str = "",
    unsubscribe: str = "",
    language: str = "",
) -> Mail:
    """Writes one mail from templates/mail/<template>.txt; the worker hands it over after the commit.

    `attachments` are pairs of a kind registered with `attaches` and an id. The template is "Subject: …", an empty
    line and the body; the footer is added. A mail that expires holds a code that somebody waits for: it goes ahead of
    all other mail, and is not sent after `expires_at`. `reply_to` is the person who answers; without it, the contact of
    the footer does. `unsubscribe` is the address on which one click ends mails of this kind. Its language is that of
    the recipient; while that is unknown, of the page whose form causes the mail.

    Raises NotInTransaction outside a transaction and KeyError for
    an attachment of an unregistered kind.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(f"mail {template} outside a transaction")
    for kind, _id in attachments:
        _attachments[kind]
    language = (
        language or next((of(to) for of in _languages), "") or translation.get_language() or settings.LANGUAGE_CODE
    )
    subject, body = render(template, context or {}, language)
    id = new_id()
    host = urlsplit(settings.SITE_URL).hostname
    mail = Mail.objects.create(
        id=id,
        message_id=f"<{id}@{host}>",
        to=to,
        subject=subject,
        body=body,
        attachments=[list(one) for one in attachments],
        expires_at=expires_at,
        reply_to=reply_to,
        unsubscribe=unsubscribe,
        language=language,
    )
    lane = Lane.MAIL if expires_at is None else Lane.CODES
    hand_over.using(queue_name=lane.value).enqueue(mail.id)
    return mail


def render(template: str, context: dict[str, Any], language: str = settings.LANGUAGE_CODE) -> tuple[str, str]:
    """Subject and body as plain text with the footer, in the language of the recipient.

    The active language belongs to the person whose request causes the mail, or to nobody in a worker.
    """
    brand = _brand()
    with translation.override(language):
        subject, body = _worded(template, context, brand)
        footer = _plain(
            "mail/footer.txt",
            {
                "sender": _sender(),
                "contact": brand.contact,
                "has_link": mail_html.has_link(body),
                "host": mail_html.host(),
            },
        )
    return subject, f"{body}{mail_html.SIGNATURE}{footer.strip()}\n"


def words(template: str, context: dict[str, Any]) -> tuple[str, str]:
    """Subject and body without the footer, in the active language."""
    return _worded(template, context, _brand())


def _worded(template: str, context: dict[str, Any], brand: Brand) -> tuple[str, str]:
    # Whose trust center it is, for sentences.
    operator = brand.name or _sender()
    text = _plain(f"mail/{template}.txt", {"SITE_URL": settings.SITE_URL, "operator": operator, **context})
    head, _, body = text.strip().partition("\n\n")
    if not head.startswith("Subject: "):
        raise ValueError(f"templates/mail/{template}.txt does not begin with a subject")
    # A name with a line break in it must not become a header of its own.
    subject = " ".join(head.removeprefix("Subject: ").split())[:300]
    # Tags that print nothing leave empty lines.
    return subject, re.sub(r"\n\s*\n\n+", "\n\n", body).strip()


def html(mail: Mail) -> str:
    """The mail as HTML, made from its text."""
    return _html(mail, _brand())


def _html(mail: Mail, brand: Brand) -> str:
    return mail_html.html(mail.subject, mail.body, brand, mail.language)


def _brand() -> Brand:
    return next((branding() for branding in _brandings), Brand())


def _sender() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[0]


def _plain(path: str, words: dict[str, Any]) -> str:
    # Escaping is for HTML: in plain text it would turn O'Brien into O&#x27;Brien.
    return Engine.get_default().get_template(path).render(Context(words, autoescape=False))


def _named(ids: list[str]) -> dict[str, str]:
    named = {}
    for mail in Mail.objects.filter(pk__in=ids):
        sentence = gettext("To %(address)s: %(subject)s")
        if mail.expires_at is not None and mail.expires_at <= timezone.now():
            sentence = gettext("To %(address)s: %(subject)s. Its code has expired, so it is not sent any more.")
        named[mail.pk] = sentence % {"subject": mail.subject, "address": mail.to}
    return named


@background(
    Lane.MAIL, gettext_lazy("Send an e-mail"), about=_named, again=gettext_lazy("Send again"), why=mail_server.why
)
def hand_over(mail_id: str) -> None:
    """Gives one mail to the mail server at least once, always with the same Message-ID.

    Raises `Unavailable` if the server does not answer, `GiveUp` if it will never take this mail, and its own error if it
    may take it later.
    """
    mail = Mail.objects.filter(id=mail_id, sent_at=None).first()
    if mail is None:
        return
    if mail.expires_at is not None and mail.expires_at <= timezone.now():
        logger.warning("Mail %s waited until its code had expired and is not sent", mail.message_id)
        mail.body = ""
        mail.save(update_fields=["body"])
        return
    brand = _brand()
    answers = mail.reply_to or brand.contact
    headers = {"Message-ID": mail.message_id, "Date": _date(mail), "Auto-Submitted": "auto-generated"}
    if mail.unsubscribe:
        # RFC 8058. The mail server has to sign both headers with DKIM.
        headers |= {"List-Unsubscribe": f"<{mail.unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    message = EmailMultiAlternatives(
        mail.subject,
        mail.body,
        to=[mail.to],
        reply_to=[answers] if answers else None,
        headers=headers,
    )
    message.attach_alternative(_html(mail, brand), "text/html")
    if brand.logo:
        message.attach(_logo(brand.logo))
    for kind, attachment_id in mail.attachments:
        if (attachment := _attachments[kind](attachment_id)) is not None:
            message.attach(*attachment)
    mail_server.send(message)
    mail.sent_at = timezone.now()
    if not settings.DEMO:
        mail.body = ""
    mail.save(update_fields=["sent_at", "body"])


def _logo(data: bytes) -> MIMEPart:
    part = MIMEPart()
    part.set_content(data, "image", "png", disposition="inline", cid=f"<{mail_html.LOGO}>", filename="logo.png")
    return part


@every(3600)
def delete_sent() -> int:
    """Deletes mails that were handed over, had expired, or could not be sent, long ago; returns how many.

    Their addresses are personal data.
    """
    sent, failed = Kept.MAILS.over(), Kept.FAILED_WORK.over()
    old = Q(sent_at__lt=sent) | Q(expires_at__lt=sent) | Q(created_at__lt=failed)
    return Mail.objects.filter(old).delete()[0]


def _date(mail: Mail) -> str:
    return mail.created_at.strftime("%a, %d %b %Y %H:%M:%S +0000")
