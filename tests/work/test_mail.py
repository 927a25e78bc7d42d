import smtplib
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.core import mail as django_mail
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from certifications.models import Profile
from tests import signin
from trustcenter.work import mail, mail_html
from trustcenter.work.lanes import Lane
from trustcenter.work.models import Mail, Task
from trustcenter.work.queue import GiveUp, Unavailable

CODE = {"code": "BCDF-GHJK", "minutes": 10}


def test_mail_and_its_task_are_written_together(db):
    row = mail.send("sign_in_code", to="rhea@example.com", context=CODE)
    assert Mail.objects.get() == row
    assert [task.arguments for task in Task.objects.all()] == [[row.id]]
    assert not django_mail.outbox


def test_rollback_removes_mail_and_task(racing):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        mail.send("sign_in_code", to="rhea@example.com", context=CODE)
        1 / 0  # noqa: B018
    assert not Mail.objects.exists() and not Task.objects.exists()


def test_mail_outside_a_transaction_is_refused(racing):
    with pytest.raises(mail.NotInTransaction):
        mail.send("sign_in_code", to="rhea@example.com", context=CODE)


def test_mail_is_sent_once_and_its_body_deleted(db):
    row = mail.send("sign_in_code", to="rhea@example.com", context=CODE)
    mail.hand_over.func(row.id)
    mail.hand_over.func(row.id)
    (sent,) = django_mail.outbox
    assert (sent.to, sent.subject) == (["rhea@example.com"], "Your sign-in code")
    assert "BCDF-GHJK" in sent.body and "This e-mail has no link: open the trust center yourself" in sent.body
    row.refresh_from_db()
    assert row.sent_at and row.body == ""


def test_body_is_kept_in_the_demo(db, settings):
    settings.DEMO = True
    row = mail.send("sign_in_code", to="rhea@example.com", context=CODE)
    mail.hand_over.func(row.id)
    row.refresh_from_db()
    assert "BCDF-GHJK" in row.body


def test_retry_after_a_failure_has_the_same_message_id(db, monkeypatch):
    row = mail.send("sign_in_code", to="rhea@example.com", context=CODE)
    tried = []

    def refuse(message, *args, **kwargs):
        tried.append(message.message()["Message-ID"])
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", refuse)
        for _ in range(2):
            with pytest.raises(Unavailable):
                mail.hand_over.func(row.id)
    row.refresh_from_db()
    assert row.sent_at is None and row.body
    mail.hand_over.func(row.id)
    assert {*tried, django_mail.outbox[0].message()["Message-ID"]} == {row.message_id}


def answering(monkeypatch, error):
    def refuse(message, *args, **kwargs):
        raise error

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)


TO = "rhea@example.com"


@pytest.mark.parametrize(
    "error, raised",
    [
        # Nobody can be reached through this server now.
        (TimeoutError("timed out"), Unavailable),
        (smtplib.SMTPServerDisconnected("gone"), Unavailable),
        (smtplib.SMTPConnectError(421, b"busy"), Unavailable),
        (smtplib.SMTPAuthenticationError(535, b"wrong password"), Unavailable),
        # It is about this mail, and may pass.
        (smtplib.SMTPRecipientsRefused({TO: (450, b"greylisted")}), smtplib.SMTPRecipientsRefused),
        (smtplib.SMTPDataError(451, b"later"), smtplib.SMTPDataError),
        # It is about this mail, and will not.
        (smtplib.SMTPRecipientsRefused({TO: (550, b"no such mailbox")}), GiveUp),
    ],
)
def test_answer_of_the_mail_server_decides_what_is_tried_again(db, monkeypatch, error, raised):
    row = mail.send("sign_in_code", to=TO, context=CODE)
    answering(monkeypatch, error)
    with pytest.raises(raised) as caught:
        mail.hand_over.func(row.id)
    assert caught.type is raised
    assert raised is not GiveUp or "550 no such mailbox" in str(caught.value)
    assert Mail.objects.get().body


def test_code_takes_the_lane_of_codes_and_other_mail_its_own(db):
    mail.send("sign_in_code", to=TO, context=CODE, expires_at=timezone.now() + timedelta(minutes=10))
    mail.send("no_code", to=TO)
    assert list(Task.objects.order_by("queued_at").values_list("lane", flat=True)) == [Lane.CODES, Lane.MAIL]


def test_expired_code_is_not_sent(db):
    row = mail.send("sign_in_code", to=TO, context=CODE, expires_at=timezone.now() - timedelta(seconds=1))
    mail.hand_over.func(row.id)
    row.refresh_from_db()
    assert not django_mail.outbox and row.sent_at is None and row.body == ""


def test_sign_in_code_expires_when_it_no_longer_works(db, client):
    signin.ask_for_code(client, TO)
    row = Mail.objects.get()
    assert timedelta(0) <= row.created_at + timedelta(minutes=10) - row.expires_at < timedelta(seconds=5)


def test_attachment_is_read_when_the_mail_is_sent(db, monkeypatch):
    monkeypatch.setitem(mail._attachments, "test", lambda id: (f"{id}.pdf", b"%PDF-1.7"))
    row = mail.send("sign_in_code", to="rhea@example.com", context=CODE, attachments=[("test", "abc"), ("test", "def")])
    mail.hand_over.func(row.id)
    assert [one[:2] for one in django_mail.outbox[0].attachments] == [
        ("abc.pdf", b"%PDF-1.7"),
        ("def.pdf", b"%PDF-1.7"),
    ]


def test_unknown_kind_of_attachment_is_refused_at_once(db):
    with pytest.raises(KeyError):
        mail.send("sign_in_code", to="rhea@example.com", context=CODE, attachments=[("nothing", "abc")])


def test_line_break_in_a_value_adds_no_header(db):
    subject, body = mail.render(
        "security_change", {"what": "O'Brien <b>\r\nBcc: x@evil.example", "at": None, "address": ""}
    )
    assert subject == "Your sign-in settings have changed"
    assert "O'Brien <b>" in body


def test_mail_does_not_use_the_language_of_the_actor(db):
    march = datetime(2027, 3, 1, tzinfo=UTC)
    with translation.override("de"):
        words = {"what": _("January"), "at": march, "address": "192.0.2.1"}
        english, french = (mail.render("security_change", words, code)[1] for code in ("en", "fr"))
    assert "1 March 2027" in english and "January" in english
    assert "1 mars 2027" in french and "janvier" in french


def test_footer_names_the_security_contact(db):
    assert "Questions?" not in mail.render("sign_in_code", CODE)[1]
    Profile.objects.create(name="Operator AG", contact_email="security@operator.example", as_of=date(2026, 11, 1))
    assert "Questions? Write to security@operator.example." in mail.render("sign_in_code", CODE)[1]


def test_tags_without_output_leave_no_empty_lines(db, settings, tmp_path):
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "gap.txt").write_text(
        "Subject: Hello\n\nOne\n{% if 0 %}\nx{% endif %}\n  \n\nTwo\n  - three\n"
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    assert mail.render("gap", {})[1].startswith("One\n\nTwo\n  - three\n\n-- \n")


def test_name_with_a_line_break_stays_in_the_subject(db, settings, tmp_path):
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "hello.txt").write_text("Subject: Hello {{ name }}\n\nBody\n")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    subject, _body = mail.render("hello", {"name": "Rhea\nBcc: x@evil.example"})
    assert subject == "Hello Rhea Bcc: x@evil.example"


def test_sent_mails_are_deleted_after_a_month_and_unsent_ones_are_not(db):
    month = timezone.now() - timedelta(days=30)
    rows = [mail.send("sign_in_code", to=f"p{number}@example.com", context=CODE) for number in range(4)]
    old = month - timedelta(seconds=1)
    Mail.objects.filter(pk=rows[0].pk).update(sent_at=old, created_at=old)
    Mail.objects.filter(pk=rows[1].pk).update(sent_at=month + timedelta(minutes=1), created_at=old)
    Mail.objects.filter(pk=rows[2].pk).update(created_at=old)
    # Never sent, because its code had expired.
    Mail.objects.filter(pk=rows[3].pk).update(created_at=old, expires_at=old)
    assert mail.delete_sent() == 2
    assert set(Mail.objects.values_list("to", flat=True)) == {"p1@example.com", "p2@example.com"}


def test_mail_that_runs_from_right_to_left_leaves_addresses_and_quotations_their_way():
    page = mail_html.html("Hello", f"> Acme Inc.\n\n{settings.SITE_URL}/my/", mail_html.Brand(), "ar")
    assert '<html lang="ar" dir="rtl">' in page and '<blockquote dir="auto">' in page
    assert f'<a href="{settings.SITE_URL}/my/" dir="ltr"' in page
