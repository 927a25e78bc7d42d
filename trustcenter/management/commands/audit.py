"""The audit log at the command line."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ndaflow.privacy.rows import subjects_of
from trustcenter.accounts.addresses import searched
from trustcenter.accounts.models import User
from trustcenter.audit import checkpoints, erasing, history, kept, keys, offline, receipts, state
from trustcenter.audit.models import Record
from trustcenter.audit.verify import Broken, verify

# How many differing rows are printed.
LISTED = 50
# The length of the progress bar, in characters.
BAR = 30


class Command(BaseCommand):
    help = "Verifies the audit log, signs its head, prints receipts and proofs, and erases a person's data from it."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="subcommand", required=True)
        check = commands.add_parser("verify", help="recompute every record; exits with 1 and names the first wrong one")
        check.add_argument(
            "--checkpoint",
            type=Path,
            action="append",
            default=[],
            metavar="FILE",
            help="also compare with this checkpoint",
        )
        check.add_argument(
            "--key", help="the verifier key that signed FILE, if you do not trust the one in the database"
        )
        commands.add_parser(
            "checkpoint", help="sign the head now, as the worker does every minute, and print the checkpoint"
        )
        receipt = commands.add_parser("receipt", help="print the receipt of one record, including its details")
        receipt.add_argument("number", type=int)
        extends = commands.add_parser("extends", help="print the proof that a checkpoint extends an earlier one")
        extends.add_argument("old", type=int, metavar="OLD", help="the size of the earlier checkpoint")
        extends.add_argument(
            "new", type=int, nargs="?", metavar="NEW", help="the size of the later checkpoint (default: the newest)"
        )
        erase = commands.add_parser("erase", help="erase the details of every record about a person")
        erase.add_argument("email", help="an address that the person has proven")
        erase.add_argument(
            "--by", metavar="EMAIL", help="the member of staff who answers for it; the log names their id"
        )
        erase.add_argument("--yes", action="store_true", help="erase them; without this option, only list them")

    def handle(self, *args: Any, subcommand: str, **options: Any) -> None:
        getattr(self, f"_{subcommand}")(**options)

    def _verify(self, checkpoint: list[Path], key: str | None, **options: Any) -> None:
        try:
            trusted = [offline.read_key(key)] if key else kept.trusted()
            earlier = [self._read(path, trusted) for path in checkpoint]
            log = verify([*earlier, *kept.kept()], progress=self._progress)
        except (offline.Refused, keys.Unusable) as wrong:
            raise CommandError(f"What this machine keeps of the log is not valid: {wrong}", returncode=1) from wrong
        except Broken as broken:
            raise CommandError(
                f"The log is not valid. Record {broken.number}: {broken.reason}.", returncode=1
            ) from broken
        self.stdout.write(f"The log is valid: {log.size} records, root {log.root.hex()}.")
        self.stdout.write(
            f"Checkpoints that it agrees with: {log.checkpoints}. Records whose details were erased: {log.erased}."
        )
        self._compare_rows(log.told)

    def _progress(self, done: int, total: int) -> None:
        """A bar on a terminal, which a file or a pipe does not get."""
        if self.stderr.isatty():
            filled = BAR * done // max(total, 1)
            bar = "#" * filled + "." * (BAR - filled)
            end = "\n" if done == total else ""
            self.stderr.write(f"\r[{bar}] {done:,} of {total:,} records", ending=end)

    def _compare_rows(self, told: state.Told) -> None:
        """Prints every row that differs from the log; then the command fails."""
        found = 0
        for difference in state.differences(told):
            found += 1
            if found <= LISTED:
                self.stderr.write(f"{difference}.")
        if found > LISTED:
            self.stderr.write(f"… and {found - LISTED} more.")
        if found:
            rows = "One row does" if found == 1 else f"{found} rows do"
            raise CommandError(f"{rows} not say what the log says. Somebody changed the database.", returncode=1)
        self.stdout.write(f"Rows that agree with the log: {len(told.last)}.")

    def _read(self, path: Path, trusted: list[offline.Key]) -> offline.Checkpoint:
        """A kept checkpoint. If another key signed it, either it or this site has been replaced."""
        try:
            found = offline.read_checkpoint(offline.read_text(path.read_bytes()))
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}", returncode=2) from error
        except offline.Refused as wrong:
            raise CommandError(f"{path} is not a checkpoint: {wrong}", returncode=2) from wrong
        try:
            offline.check_checkpoint(found, trusted)
        except offline.Refused as wrong:
            raise CommandError(
                f"{path} is not signed with the key of this site ({wrong}). If you saved it from this site yourself, the"
                " site’s key was replaced, and its log is not the one that you saved.",
                returncode=1,
            ) from wrong
        return found

    def _checkpoint(self, **options: Any) -> None:
        try:
            made = checkpoints.make(may_make_key=False)
        except checkpoints.Refused as refusal:
            raise CommandError(str(refusal), returncode=1) from refusal
        if made is None:
            raise CommandError("The log is empty, so there is nothing to sign.", returncode=1)
        self.stdout.write(made.note, ending="")

    def _receipt(self, number: int, **options: Any) -> None:
        record = Record.objects.select_related("detail").filter(number=number).first()
        if record is None:
            raise CommandError(f"There is no record {number}.", returncode=1)
        try:
            self.stdout.write(receipts.receipt(record), ending="")
        except receipts.TooYoung:
            raise CommandError(
                "No checkpoint covers this record yet. The worker signs one within a minute; try again then.",
                returncode=1,
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

    def _erase(self, email: str, by: str | None, yes: bool, **options: Any) -> None:
        address = searched(email)
        person = User.objects.filter(email=address).first()
        whom = erasing.Whom(person.pk if person else "", address, frozenset(subjects_of(person) if person else ()))
        numbers = erasing.find(whom)
        if not numbers:
            self.stdout.write(f"No record is about {address}.")
        elif yes:
            erasure = erasing.erase(whom, by=self._eraser(by))
            self.stdout.write(f"Erased. Record {erasure.number if erasure else '-'} says so.")
        else:
            self.stdout.write(f"The details of these {len(numbers)} records would be erased:")
            for entry in history.entries(Record.objects.filter(number__in=numbers).order_by("number")):
                self.stdout.write(f"{entry.number}  {entry.at:%Y-%m-%d %H:%M}  {entry.text}")
            self.stdout.write("This cannot be undone. To do it, add --by YOUR-ADDRESS --yes.")

    def _eraser(self, email: str | None) -> User:
        """The member of staff who is responsible for the erasure."""
        found = User.objects.filter(email=searched(email or ""), is_staff=True, is_active=True).first()
        if found is None:
            raise CommandError("Add --by with the address of the member of staff who answers for this.", returncode=2)
        return found
