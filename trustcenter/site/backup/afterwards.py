"""Checks that a restored site must pass before it opens. Each is a function; a new one needs a line in CHECKS."""

import hashlib
from collections.abc import Callable

from django.db import DatabaseError, connection, transaction

from ndaflow.agreements.models import SignedCopy
from ndaflow.agreements.sealing import custody, verification
from ndaflow.agreements.sealing.certificates import BadCertificate
from trustcenter.audit.models import Checkpoint, Record
from trustcenter.audit.state import differences
from trustcenter.audit.verify import Broken, verify
from trustcenter.site.backup.manifest import Manifest
from trustcenter.vault import files as vault
from trustcenter.vault.holdings import holdings
from trustcenter.vault.models import StoredFile

CHUNK = 1024 * 1024
# How many names an error lists. Longer lists help nobody at a terminal.
NAMED = 5


class Wrong(Exception):
    """The site is not the one that was backed up. The text is a sentence that says why."""


# Returns a sentence that says what was found, or raises Wrong.
Check = Callable[[Manifest], str]


def log_is_valid(backup: Manifest) -> str:
    """Every record is valid, and the log begins with the records of the backup."""
    try:
        log = verify()
    except Broken as broken:
        raise Wrong(f"The log is not valid. Record {broken.number}: {broken.reason}.") from broken
    if backup.log_size:
        last = Record.objects.filter(number=backup.log_size - 1).first()
        if last is None or bytes(last.root).hex() != backup.log_root:
            raise Wrong(f"The log is not that of the backup: the root of its first {backup.log_size} records differs.")
    return f"The log is valid: {log.size} records, root {log.root.hex()}."


def rows_answer_to_the_log(backup: Manifest) -> str:
    """Says which rows differ from the log. They did before the backup: a site that is needed must not stay shut for it."""
    differing = [str(one) for one in differences(verify().told)]
    if differing:
        some = "; ".join(differing[:NAMED])
        return f"Rows that do not say what the log says, in the backup already: {len(differing)}. Among them: {some}."
    return "Every row says what the log says."


def log_refuses_changes(backup: Manifest) -> str:
    """The triggers are in place. Tries to change the log and rolls back."""
    for statement in ("UPDATE audit_record SET action = action", "DELETE FROM audit_detail"):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
                transaction.set_rollback(True)
        except DatabaseError:
            continue
        if backup.log_size:
            raise Wrong(f"The database does not protect the log: it did not refuse {statement.split()[0]}.")
    return "The database refuses to change the log."


def stored_files_open(backup: Manifest) -> str:
    """Every stored file can be read from its first byte to its last."""
    damaged, opened = [], 0
    for owner, name in holdings(StoredFile.objects.exclude(pk__in=backup.missing)):
        stored, digest = getattr(owner, name), hashlib.sha256()
        try:
            with vault.open(owner, name) as reader:
                while chunk := reader.read(CHUNK):
                    digest.update(chunk)
        except Exception as error:
            # Any error of a wrong key or a bad disk. The other files are read all the same.
            damaged.append(f"{stored.pk} ({error})")
            continue
        opened += 1
        if digest.hexdigest() != stored.sha256:
            damaged.append(f"{stored.pk} (another SHA-256)")
    if damaged:
        raise Wrong(f"Stored files that do not open: {len(damaged)}. Among them: {', '.join(damaged[:NAMED])}.")
    return f"Stored files that open and match their SHA-256: {opened}.{_lost(backup)}"


def checkpoints_agree(backup: Manifest) -> str:
    """Every checkpoint from before the backup belongs to this log. `log_is_valid` has compared the roots."""
    sizes = list(Checkpoint.objects.order_by("size").values_list("size", flat=True))
    if not sizes:
        return "No checkpoint of the log had been signed."
    if sizes[-1] > backup.log_size:
        raise Wrong(f"A checkpoint covers {sizes[-1]} records, but the backup has only {backup.log_size}.")
    return f"Checkpoints that the log agrees with: {len(sizes)}. The newest covers {sizes[-1]} records."


def seals_are_valid(backup: Manifest) -> str:
    """Every signed copy has a valid seal by a published certificate and the recorded SHA-256."""
    broken, sealed = [], 0
    try:
        chains, roots = custody.published(), custody.timestamp_roots()
    except BadCertificate as error:
        raise Wrong(f"The seals cannot be checked: {error}.") from error
    for copy in SignedCopy.objects.exclude(file__in=backup.missing).select_related("file"):
        try:
            with vault.open(copy, "file") as reader:
                verification.verify(reader.read(), chains, sha256=copy.sha256, timestamp_roots=roots)
        except (verification.Flaw, vault.Damaged, vault.KeyUnusable) as flaw:
            broken.append(f"{copy.pk} ({flaw})")
        else:
            sealed += 1
    if broken:
        raise Wrong(f"Signed copies that are not valid: {len(broken)}. Among them: {', '.join(broken[:NAMED])}.")
    return f"Signed copies with a valid seal: {sealed}."


def _lost(backup: Manifest) -> str:
    if not backup.missing:
        return ""
    names = ", ".join(backup.missing[:NAMED])
    return f" Stored files that were lost before the backup: {len(backup.missing)}. Among them: {names}."


CHECKS: list[Check] = [
    log_is_valid,
    rows_answer_to_the_log,
    checkpoints_agree,
    log_refuses_changes,
    stored_files_open,
    seals_are_valid,
]
