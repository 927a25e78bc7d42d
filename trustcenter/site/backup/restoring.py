"""Restores a backup into an empty site. After an interruption, the same call continues where it stopped."""

import fcntl
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from trustcenter import audit
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.site.backup import databases, manifest
from trustcenter.site.backup.afterwards import CHECKS, Wrong
from trustcenter.site.backup.manifest import KEYS, OBJECTS, Manifest
from trustcenter.site.checks import RESTORING
from trustcenter.vault import transfer

Say = Callable[[str], None]
# The name of the file that `settings` makes at the first start.
SECRET_KEY = "secret_key"  # noqa: S105  (a name)


class Refused(Exception):
    """Nothing was changed. The text is a sentence that says why."""


@dataclass(frozen=True)
class Restored:
    """What the checks found, as sentences."""

    found: list[str]
    wrong: list[str]


def restore(folder: Path, say: Say) -> Restored:
    """Restores the backup in `folder` into this empty site, checks it, and records it in the log.

    The database is loaded last and at once, so the site stays empty until then. Raises Refused, NotABackup and
    databases.Failed. If a check fails, the site does not open; see `Restored.wrong`.
    """
    backup = Manifest.read(folder)
    with _site_is_stopped():
        _must_fit(backup)
        say(f"Reading the backup of {backup.made_at}: {len(backup.files)} files.")
        backup.verify(folder)
        marker = settings.DATA_DIR / RESTORING
        begun = marker.exists() and marker.read_text() == _mark(backup)
        _must_have_no_other_files(backup, begun)
        in_place = _database_is_in_place(backup, begun)
        _must_not_replace_keys(backup, folder)
        if not begun:
            manifest.copy(io.BytesIO(_mark(backup).encode()), marker)
        if not in_place:
            _put_keys(backup, folder)
            if begun:
                # Only when continuing: a new restore has nothing unfinished, and could delete a running site's uploads.
                transfer.delete_unfinished()
            _put_objects(backup, folder)
            say("Loading the database.")
            databases.load(folder / databases.FILES[backup.database])
        _migrate(say)
        restored = _check(backup)
        if not restored.wrong:
            _write_record(backup)
            marker.unlink()
    return restored


# -- Before ----------------------------------------------------------------------------------------------------------


@contextmanager
def _site_is_stopped() -> Iterator[None]:
    with open(settings.DATA_DIR / "serve.lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                f"The site in {settings.DATA_DIR} is running. Stop it, or restore into another data folder."
            ) from None
        yield


def _must_fit(backup: Manifest) -> None:
    if backup.database != connection.vendor:
        raise Refused(
            f"This backup is of a {backup.database} database, and the site uses {connection.vendor}. "
            "A backup can be restored only into the same kind of database. Set or unset DATABASE_URL."
        )
    known = {f"{app}.{name}" for app, name in MigrationExecutor(None).loader.disk_migrations}
    if newer := [name for name in backup.migrations if name not in known]:
        raise Refused(
            f"This backup was made by version {backup.application}, which is newer than this version: "
            f"its database has the migration {newer[0]}. Restore it with that version."
        )


def _mark(backup: Manifest) -> str:
    """The content of the file that marks an unfinished restore: the backup and the storage.

    Continued with another storage, the restore would take a running site's files for its own.
    """
    return f"{backup.digest} {json.dumps(settings.STORAGES['vault'], sort_keys=True)}"


def _must_have_no_other_files(backup: Manifest, begun: bool) -> None:
    """Two sites with one storage would delete each other's files, because a site sweeps files without a row."""
    ours = {Path(path).name for path in backup.below(OBJECTS)} if begun else set()
    if others := set(transfer.names()) - ours:
        raise Refused(
            f"The site is not empty: its storage has {len(others)} other files. "
            "Restore into another data folder (TRUSTCENTER_DATA) or, with a bucket, into another prefix (VAULT_STORAGE)."
        )


def _database_is_in_place(backup: Manifest, begun: bool) -> bool:
    """Whether this restore was interrupted after it had loaded the database."""
    if databases.is_empty():
        return False
    if begun and _log_continues(backup):
        return True
    raise Refused(
        "The site is not empty: its database has tables. Restore into another data folder (TRUSTCENTER_DATA) or, "
        "with PostgreSQL, into another database (DATABASE_URL)."
    )


def _log_continues(backup: Manifest) -> bool:
    if not backup.log_size:
        return True
    last = Record.objects.filter(number=backup.log_size - 1).first()
    return last is not None and bytes(last.root).hex() == backup.log_root


# -- The parts -------------------------------------------------------------------------------------------------------


def _must_not_replace_keys(backup: Manifest, folder: Path) -> None:
    for path in backup.below(KEYS):
        target = _key_target(path)
        if target.name != SECRET_KEY and target.exists() and target.read_bytes() != (folder / path).read_bytes():
            raise Refused(
                f"{target} is not the key in the backup, and a key is never replaced. Move it away and try again."
            )


def _put_keys(backup: Manifest, folder: Path) -> None:
    for path in backup.below(KEYS):
        target, content = _key_target(path), (folder / path).read_bytes()
        if target.exists() and target.read_bytes() != content:
            # Probably made when this site first started: in an empty site it protects nothing.
            target.rename(target.with_name(f"{target.name}.before-restore"))
        with (folder / path).open("rb") as source:
            manifest.copy(source, target)


def _key_target(path: str) -> Path:
    name = Path(path).name
    return settings.DATA_DIR / name if name == SECRET_KEY else settings.KEYS_DIR / name


def _put_objects(backup: Manifest, folder: Path) -> None:
    have = set(transfer.names())
    for path in backup.below(OBJECTS):
        # An object that is there is complete, because it gets its name last.
        if (name := Path(path).name) not in have:
            with (folder / path).open("rb") as source:
                transfer.put_object(name, source)


def _migrate(say: Say) -> None:
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say(f"Migrating the database to this version: {len(plan)} migrations.")
        call_command("migrate", verbosity=0, interactive=False)


# -- Afterwards ------------------------------------------------------------------------------------------------------


def _check(backup: Manifest) -> Restored:
    found, wrong = [], []
    for check in CHECKS:
        try:
            found.append(check(backup))
        except Wrong as failure:
            wrong.append(str(failure))
    return Restored(found, wrong)


def _write_record(backup: Manifest) -> None:
    # A new connection: the log's lock must be taken in the database that the site will use.
    connections.close_all()
    with audit.change(by=None) as change:
        change.record(
            Action.BACKUP_RESTORED,
            made_at=backup.made_at,
            size=backup.log_size,
            root=backup.log_root,
            manifest_sha256=backup.digest,
        )
