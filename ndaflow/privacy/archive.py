"""The ZIP with everything that is held about a person, written straight into the vault."""

import zipfile
from typing import BinaryIO

from django.utils import translation
from django.utils.translation import gettext as _

from certifications import posture
from ndaflow.privacy import collecting
from ndaflow.privacy.collecting import PARTS
from ndaflow.privacy.models import Export
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action
from trustcenter.vault import files as vault

State = Export.State
CHUNK = 256 * 1024
# The log, the receipts and the files follow the parts of rows.
MORE = 3


class _Out:
    """What a ZIP is written to: it can be neither read nor rewound."""

    def __init__(self, draft: vault.Draft) -> None:
        self._draft = draft

    def write(self, data: bytes) -> int:
        self._draft.write(data)
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """The draft is finished by its owner."""


def make(export: Export) -> None:
    """Makes the file, unless it is made already or no longer wanted."""
    wanted = Export.objects.filter(pk=export.pk, state__in=[State.WAITING, State.MAKING])
    if not wanted.update(state=State.MAKING, done=0, parts=len(PARTS) + MORE):
        return
    with vault.Draft(export, "file") as draft:
        with zipfile.ZipFile(_Out(draft), "w", zipfile.ZIP_DEFLATED) as archive:
            _fill(archive, export)
        draft.finish()
        _keep(export, draft)


def _fill(archive: zipfile.ZipFile, export: Export) -> None:
    person = export.person
    for part in PARTS:
        archive.writestr(f"data/{part.name}.json", collecting.written(part.entries(person)))
        _progress(export)
    archive.writestr("data/log.json", collecting.written(list(collecting.log_of(person))))
    _progress(export)
    for name, text in collecting.receipts_of(person):
        archive.writestr(name, text)
    _progress(export)
    missing = _write_files(archive, person)
    archive.writestr("README.txt", _introduction(person, missing))
    _progress(export)


def _write_files(archive: zipfile.ZipFile, person: User) -> list[str]:
    """Writes the person's PDFs, and returns the names of those that cannot be read: the rest is theirs all the same."""
    missing = []
    for name, opened in collecting.files_of(person):
        try:
            with opened() as source:
                _copy(archive, name, source)
        except vault.Damaged:
            missing.append(name)
    return missing


def _copy(archive: zipfile.ZipFile, name: str, source: BinaryIO) -> None:
    with archive.open(name, "w", force_zip64=True) as target:
        while chunk := source.read(CHUNK):
            target.write(chunk)


def _introduction(person: User, missing: list[str]) -> str:
    with translation.override(None):
        lines = [
            _("What %(operator)s holds about %(email)s") % {"operator": posture.legal_name(), "email": person.email},
            "",
            _(
                "data/ has one JSON file for each kind of data. Times are UTC. Where a field names another person, it says "
                "“somebody else”."
            ),
            *(f"  data/{part.name}.json: {part.title}" for part in PARTS),
            _("  data/log.json: What our log says about you"),
            _("signed/ has your signed copies, papers/ the agreements that you sent, receipts/ proofs from our log."),
        ]
        # The same for everyone: an answer would tell a blocked person how to get around it.
        lines += [
            "",
            _(
                "We keep a list of addresses and mail domains that we allow or block. This file says nothing about whether "
                "yours is on it (GDPR, Article 23(1)(i)). A person whose request is denied for that reads the reason there. "
                "Write to us if you object."
            ),
        ]
        if missing:
            names = ", ".join(missing)
            lines += [
                "",
                _("These files could not be read. Please write to us about them: %(names)s") % {"names": names},
            ]
    return "\n".join(lines) + "\n"


def _progress(export: Export) -> None:
    export.done += 1
    Export.objects.filter(pk=export.pk, state=State.MAKING).update(done=export.done)


def _keep(export: Export, draft: vault.Draft) -> None:
    """Keeps the file and tells the person, unless the export was deleted or made meanwhile."""
    with audit.change(by=None) as change:
        row = Export.objects.select_for_update(no_key=True).filter(pk=export.pk, state=State.MAKING).first()
        if row is None:
            return
        row.state, row.file, row.made_at = State.READY, draft.keep(), change.at
        row.save(update_fields=["state", "file", "made_at"])
        change.mail("export_ready", to=export.person.email, context={"export": row})
        change.record(Action.EXPORT_MADE, subject=row, size=draft.size)
