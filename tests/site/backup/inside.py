"""What the tests do inside a site. `Site.ask` runs these functions with Django in a separate process."""

import hashlib
import json
import os
import re
import sys
from typing import Any


def furnish() -> dict[str, Any]:
    """Fills a small site: two documents, a reader with a signature and a copy, approvers, and a signed-in person."""
    from django.core.management import call_command

    from documents import tasks
    from documents.intake import flows
    from documents.models import DocumentVersion
    from ndaflow.agreements import tasks as nda_tasks
    from ndaflow.agreements.models import Signature
    from tests import cast, signin
    from tests.documents import pdfs
    from trustcenter import audit
    from trustcenter.accounts.models import User
    from trustcenter.audit.actions import Action
    from trustcenter.vault import files as vault

    call_command("migrate", verbosity=0)
    with audit.change(by=None) as change:
        reports = [cast.document(), cast.document("bridge-letter", level_slug="public")]
        change.record(Action.CONTENT_IMPORTED, changed=reports, file="posture.toml")
    for report in reports:
        with vault.Draft(DocumentVersion(), "original") as draft:
            draft.write(pdfs.blank(pdfs.TEXT, pdfs.TEXT))
            version = flows.upload(report, draft, by=None)
        tasks.check_version.call(version.pk)
    rhea = cast.rhea()
    cast.granted(rhea, cast.ada(), reports[0])
    nda_tasks.make_signed_copy.call(Signature.objects.get().pk)
    signin.give_password(cast.edda())
    with audit.change(by=None) as change:
        # As the staff command records them.
        change.record(Action.STAFF_ADDED, changed=User.answering())
    sign()
    return {"download": _download(rhea.email)} | facts()


def sign() -> dict[str, Any]:
    """Signs the log's head as the worker does; returns the newest checkpoint and its verifier key."""
    from trustcenter.audit import checkpoints

    made = checkpoints.make()
    assert made is not None
    return {"size": made.size, "note": made.note, "key": made.verifier_key}


def first_checkpoint() -> dict[str, Any]:
    from trustcenter.audit.models import Checkpoint

    first = Checkpoint.objects.order_by("size").first()
    assert first is not None
    return {"size": first.size, "note": first.note, "key": first.verifier_key}


def facts() -> dict[str, Any]:
    """The log's size and root, the numbers of rows and files, and whether everything verifies."""
    from documents.models import Delivery
    from trustcenter.accounts.models import Session
    from trustcenter.audit.models import Record
    from trustcenter.audit.verify import verify
    from trustcenter.vault.models import StoredFile

    whole = verify()
    return {
        "size": whole.size,
        "root": whole.root.hex(),
        "last": Record.objects.get(number=whole.size - 1).action,
        "sessions": Session.objects.count(),
        "files": StoredFile.objects.count(),
        "deliveries": Delivery.objects.count(),
    }


def originals() -> dict[str, str]:
    """The bytes of every original as the site reads them, in hexadecimal digits, by the name of the object."""
    from documents.models import DocumentVersion
    from trustcenter.vault import files as vault

    found = {}
    for version in DocumentVersion.objects.exclude(original=None):
        with vault.open(version, "original") as reader:
            found[version.original_id] = reader.read().hex()
    return found


def life() -> dict[str, Any]:
    """Rhea signs in with a mailed code and downloads the report."""
    return {"download": _download("rhea@example.com")} | facts()


def _download(email: str) -> dict[str, Any]:
    from django.test import Client

    from documents.models import Delivery
    from tests import signin

    client = Client(SERVER_NAME="127.0.0.1")
    signin.sign_in_by_code(client, email)
    answer = client.post("/documents/soc-2-type-ii-report/download/")
    body = b"".join(answer)  # type: ignore[arg-type]
    code = re.search(r"([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})\.pdf", answer.headers["Content-Disposition"])
    delivery = Delivery.objects.get(code=code[1] if code else "")
    return {"status": answer.status_code, "fits": hashlib.sha256(body).hexdigest() == delivery.sha256}


def tampering() -> dict[str, str]:
    """The database's errors for changes of the log, including PostgreSQL's replica role, which disables plain triggers."""
    from django.db import DatabaseError, connection, transaction

    said = {}
    statements = ["UPDATE audit_record SET action = 'page.shared' WHERE number = 0", "DELETE FROM audit_record"]
    statements += ["UPDATE audit_detail SET body = '{}'", "DELETE FROM audit_detail"]
    if connection.vendor == "sqlite":
        statements.append("INSERT OR REPLACE INTO audit_record SELECT * FROM audit_record WHERE number = 0")
    else:
        statements += ["TRUNCATE audit_record CASCADE", "TRUNCATE audit_detail"]
        statements += [f"SET session_replication_role = replica; {statement}" for statement in statements]
    for statement in statements:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
                transaction.set_rollback(True)
            said[statement] = "done"
        except DatabaseError as error:
            said[statement] = str(error)
    return said


def backup_while_a_file_goes(folder: str) -> dict[str, Any]:
    """Makes a backup while a file and its row are deleted after the copy of the database and before the copy of the files."""
    from pathlib import Path

    from documents.models import DocumentVersion
    from trustcenter.site.backup import making
    from trustcenter.vault import files as vault
    from trustcenter.vault import transfer

    going = vault.store(DocumentVersion(), "original", [b"here for a moment"])
    name, open_object, opened = going.pk, transfer.open_object, []

    def and_one_goes(stored: str) -> Any:
        if not opened:
            vault.delete(going)
        opened.append(stored)
        return open_object(stored)

    transfer.open_object = and_one_goes
    made = making.make(Path(folder), with_keys=True)
    return {"gone": name, "missing": made.missing, "names": [Path(path).name for path in made.below("objects")]}


def busy(until: str) -> int:
    """Writes, stores and deletes until the file exists; returns the number of rounds."""
    import time
    from pathlib import Path

    from documents.models import DocumentVersion
    from tests.audit.logs import record
    from trustcenter.audit.actions import Action
    from trustcenter.vault import files as vault

    rounds = 0
    while not Path(until).exists():
        data = [os.urandom(300_000)]
        kept, going = (vault.store(DocumentVersion(), "original", data) for _file in range(2))
        record(Action.PAGE_SHARED, actor=None, subject=None, email=f"{kept.pk}@example.com")
        if rounds % 20 == 0:
            vault.delete(going)
        rounds += 1
        time.sleep(0.05)
    return rounds


def refusals(folders: list[str]) -> list[str]:
    """The error of `restore` for each of these folders."""
    from pathlib import Path

    from trustcenter.site.backup import databases, manifest, restoring

    said = []
    for folder in folders:
        try:
            restoring.restore(Path(folder), lambda words: None)
        except (restoring.Refused, manifest.NotABackup, databases.Failed) as refusal:
            said.append(str(refusal))
    return said


def lose_a_file() -> str:
    """Deletes an object but not its row, as a broken disk would."""
    from trustcenter.vault import transfer

    name = sorted(transfer.names())[0]
    next(_data().rglob(name)).unlink()
    return name


def _data() -> Any:
    from django.conf import settings

    return settings.DATA_DIR


def _main() -> None:
    import django

    django.setup()
    said = [globals()[function](*arguments) for function, arguments in json.loads(sys.argv[1])]
    sys.stdout.write("\n" + json.dumps(said) + "\n")


if __name__ == "__main__":
    _main()
