from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ndaflow.agreements.models import Signature
from trustcenter.accounts.models import User, normalise_email
from trustcenter.audit import checkpoints, erasing, offline, receipts
from trustcenter.audit.log import subject_of
from trustcenter.audit.models import Record
from trustcenter.audit.verify import Broken, verify


class Command(BaseCommand):
    help = "The audit log: check it, sign its head, hand out receipts, erase a person's words."

    def add_arguments(self, parser: CommandParser) -> None:
        errands = parser.add_subparsers(dest="errand", required=True)
        check = errands.add_parser("verify", help="recomputes every record; exit 1 names the first that does not fit")
        check.add_argument(
            "--checkpoint", type=Path, action="append", default=[], metavar="FILE", help="agree with this one too"
        )
        check.add_argument("--key", help="the verifier key that signed it, where the database's own is in doubt")
        errands.add_parser("checkpoint", help="signs the head now, as the worker does every minute, and prints it")
        receipt = errands.add_parser("receipt", help="prints the receipt of one record, its words included")
        receipt.add_argument("number", type=int)
        extends = errands.add_parser("extends", help="prints the proof that a checkpoint extends an earlier one")
        extends.add_argument("old", type=int, metavar="OLD", help="the size of the earlier checkpoint")
        extends.add_argument("new", type=int, nargs="?", metavar="NEW", help="of the later one; the newest without")
        erase = errands.add_parser("erase", help="erases the words of every record that names a person")
        erase.add_argument("email")
        erase.add_argument("--yes", action="store_true", help="do not ask; without it, only say what would be erased")

    def handle(self, *args: Any, errand: str, **options: Any) -> None:
        getattr(self, f"_{errand}")(**options)

    def _verify(self, checkpoint: list[Path], key: str | None, **options: Any) -> None:
        try:
            keys = [offline.read_key(key)] if key else receipts.keys()
            earlier = [self._read(path, keys) for path in checkpoint]
            whole = verify(earlier)
        except offline.Refused as wrong:
            raise CommandError(f"The checkpoint does not hold: {wrong}", returncode=1) from wrong
        except Broken as broken:
            raise CommandError(f"The log is broken at {broken}.", returncode=1) from broken
        self.stdout.write(f"The log is whole: {whole.size} records, root {whole.root.hex()}.")
        self.stdout.write(
            f"It agrees with {whole.checkpoints} checkpoints; the words of {whole.erased} records were erased."
        )

    def _read(self, path: Path, keys: list[offline.Key]) -> offline.Checkpoint:
        try:
            found = offline.read_checkpoint(offline.read_text(path.read_bytes()))
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}", returncode=2) from error
        offline.check_checkpoint(found, keys)
        return found

    def _checkpoint(self, **options: Any) -> None:
        try:
            made = checkpoints.make(may_make_key=False)
        except checkpoints.Refused as refusal:
            raise CommandError(str(refusal), returncode=1) from refusal
        if made is None:
            raise CommandError("The log is empty.", returncode=1)
        self.stdout.write(made.note, ending="")

    def _receipt(self, number: int, **options: Any) -> None:
        record = Record.objects.select_related("detail").filter(number=number).first()
        if record is None:
            raise CommandError(f"There is no record {number}.", returncode=1)
        try:
            self.stdout.write(receipts.receipt(record), ending="")
        except receipts.TooYoung:
            raise CommandError(
                "No checkpoint covers this record yet; one comes within a minute.", returncode=1
            ) from None
        except receipts.Unprovable as wrong:
            raise CommandError(str(wrong), returncode=1) from wrong

    def _extends(self, old: int, new: int | None, **options: Any) -> None:
        later = receipts.newest() if new is None else receipts.of_size(new)
        earlier = receipts.of_size(old)
        if earlier is None or later is None:
            raise CommandError("There is no checkpoint of that size.", returncode=1)
        try:
            self.stdout.write(receipts.extension(earlier, later), ending="")
        except (LookupError, ValueError) as wrong:
            raise CommandError(f"There is no such proof: {wrong}.", returncode=1) from wrong

    def _erase(self, email: str, yes: bool, **options: Any) -> None:
        person = User.objects.filter(email=normalise_email(email)).first()
        if person is None:
            raise CommandError("Nobody has that address.", returncode=1)
        # The log's own words of a signature go with the first erasing; what is sealed after it still names the signer.
        signatures = [subject_of(signature) for signature in Signature.objects.filter(signer=person)]
        names = (person.email, person.name)
        found = erasing.find(person, names, signatures)
        if not found.numbers:
            self.stdout.write("No record names this person.")
        elif not yes:
            self.stdout.write(
                f"The words of these {len(found.numbers)} records would be erased for good; --yes does it:"
            )
            self.stdout.write(", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in erasing.runs(found.numbers)))
        else:
            told = erasing.erase(person, names, signatures)
            self.stdout.write(f"Erased. Record {told.number if told else '-'} says so.")
