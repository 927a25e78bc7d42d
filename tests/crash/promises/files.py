"""Stored files and mails correspond to their rows."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings

from tests.crash.promises.promise import Seen, promise
from trustcenter.vault import files, transfer
from trustcenter.vault import files as vault
from trustcenter.vault.holdings import holdings, unowned
from trustcenter.vault.models import StoredFile
from trustcenter.work.models import Mail


@promise
def rows_and_objects_correspond_after_a_sweep(seen: Seen) -> Iterator[str]:
    # The site has stopped, so everything that a crash left may be collected whatever its age.
    files.PATIENCE = timedelta(seconds=-1)
    vault.sweep()
    rows = set(StoredFile.objects.values_list("pk", flat=True))
    there = set(transfer.names())
    yield from (f"object {name} has no row" for name in there - rows)
    yield from (f"row {name} has no object" for name in rows - there)
    yield from (
        f"{path} was left behind" for path in settings.FILES_DIR.rglob("*") if path.is_file() and path.name not in there
    )
    yield from (f"stored file {pk} belongs to no row" for pk in unowned().values_list("pk", flat=True))
    for owner, name in holdings(StoredFile.objects.filter(pk__in=there)):
        stored, digest = getattr(owner, name), hashlib.sha256()
        try:
            with vault.open(owner, name) as reader:
                while chunk := reader.read(1024 * 1024):
                    digest.update(chunk)
        except vault.Damaged as damage:
            yield str(damage)
        else:
            if digest.hexdigest() != stored.sha256:
                yield f"stored file {stored.pk} is not what its row says"


@promise
def every_mail_was_sent_under_one_message_id(seen: Seen) -> Iterator[str]:
    copies: dict[str, set[tuple[str, str]]] = {}
    # With a person's data, the mails to them are erased, except for the last one.
    gone = set(Mail.objects.filter(subject="Your data has been erased").values_list("to", flat=True))
    for handed in seen["mails"]:
        copies.setdefault(handed["message_id"], set()).add((handed["to"], handed["text"].strip()))
        if "signed copy" in handed["text"].lower() and handed["attachments"] and min(handed["attachments"]) < 1000:
            yield f"{handed['message_id']} carries an attachment that is no PDF"
    for mail in Mail.objects.all():
        if mail.message_id not in copies:
            yield f"{mail.subject!r} to {mail.to} was never handed over"
        elif len(copies.pop(mail.message_id)) > 1:
            yield f"{mail.subject!r} to {mail.to} was handed over with different words"
        if mail.sent_at is None:
            yield f"{mail.subject!r} to {mail.to} still waits"
    # A mail without a row announces a change that was rolled back.
    never = (message_id for message_id, sent in copies.items() if not {to for to, _text in sent} <= gone)
    yield from (f"{message_id} was sent for a change that never happened" for message_id in never)
