"""What a restored site has to show before it opens. One check is one function; another one is one more line in CHECKS."""

import hashlib
from collections.abc import Callable

from django.db import DatabaseError, connection, transaction
from django.utils.translation import ngettext

from ndaflow.agreements.models import SignedCopy
from ndaflow.agreements.sealing import custody, verification
from ndaflow.agreements.sealing.certificates import BadCertificate
from trustcenter.audit.models import Checkpoint, Record
from trustcenter.audit.verify import Broken, verify
from trustcenter.site.backup.manifest import Manifest
from trustcenter.vault import files as vault
from trustcenter.vault.holdings import holdings
from trustcenter.vault.models import StoredFile

CHUNK = 1024 * 1024
# Longer lists help nobody at a terminal.
NAMED = 5


class Wrong(Exception):
    """The site is not what the backup was made of; the text is a sentence."""


# Answers with a sentence that says what was found, or raises Wrong.
Check = Callable[[Manifest], str]


def log_is_whole(backup: Manifest) -> str:
    """Every record fits, and those of the backup are the first."""
    try:
        log = verify()
    except Broken as broken:
        raise Wrong(f"The log is broken at {broken}.") from broken
    if backup.log_size:
        last = Record.objects.filter(number=backup.log_size - 1).first()
        if last is None or bytes(last.root).hex() != backup.log_root:
            raise Wrong(f"The log is not the one of the backup: its root over {backup.log_size} records is another.")
    return f"The log is valid: {log.size} records, root {log.root.hex()}."


def log_refuses_changes(backup: Manifest) -> str:
    """The triggers came along: tried, and rolled back."""
    for statement in ("UPDATE audit_record SET action = action", "DELETE FROM audit_detail"):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
                transaction.set_rollback(True)
        except DatabaseError:
            continue
        if backup.log_size:
            raise Wrong(f"The database let somebody change the log: {statement.split()[0]} was not refused.")
    return "The database refuses to change the log."


def stored_files_open(backup: Manifest) -> str:
    """Every stored file is read from its first byte to its last."""
    damaged, opened = [], 0
    for owner, name in holdings(StoredFile.objects.exclude(pk__in=backup.missing)):
        stored, digest = getattr(owner, name), hashlib.sha256()
        try:
            with vault.open(owner, name) as reader:
                while chunk := reader.read(CHUNK):
                    digest.update(chunk)
        except Exception as error:
            # Whatever a vault with the wrong key or a bad disk has to say; the other files are read all the same.
            damaged.append(f"{stored.pk} ({error})")
            continue
        opened += 1
        if digest.hexdigest() != stored.sha256:
            damaged.append(f"{stored.pk} (another SHA-256)")
    if damaged:
        raise Wrong(f"{len(damaged)} stored files do not open: {', '.join(damaged[:NAMED])}.")
    said = ngettext("%(n)s stored file opens", "All %(n)s stored files open", opened) % {"n": opened}
    return f"{said}, as long and with the SHA-256 that the rows say.{_lost(backup)}"


def checkpoints_hold(backup: Manifest) -> str:
    """Every checkpoint that was signed before the backup is one of this log; `log_is_whole` has compared the roots."""
    sizes = list(Checkpoint.objects.order_by("size").values_list("size", flat=True))
    if not sizes:
        return "No checkpoint of the log had been signed."
    if sizes[-1] > backup.log_size:
        raise Wrong(f"A checkpoint of {sizes[-1]} records was signed, and the backup holds {backup.log_size}.")
    return f"The log agrees with its {len(sizes)} checkpoints, the newest of {sizes[-1]} records."


def seals_hold(backup: Manifest) -> str:
    """Every signed copy carries a valid seal by a published certificate, and is the one on record."""
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
        raise Wrong(f"{len(broken)} signed copies do not hold: {', '.join(broken[:NAMED])}.")
    return ngettext("%(n)s seal is valid.", "All %(n)s seals are valid.", sealed) % {"n": sealed}


def _lost(backup: Manifest) -> str:
    if not backup.missing:
        return ""
    count = len(backup.missing)
    words = ngettext("%(n)s stored file was", "%(n)s stored files were", count) % {"n": count}
    return f" {words} lost before the backup: {', '.join(backup.missing[:NAMED])}."


CHECKS: list[Check] = [log_is_whole, checkpoints_hold, log_refuses_changes, stored_files_open, seals_hold]
