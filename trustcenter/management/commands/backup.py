from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.text import get_text_list

from trustcenter.site.backup import databases, making


class Command(BaseCommand):
    help = "Makes a backup of database, stored files and keys in an empty folder, while the site serves."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="where to; it must be empty or not there yet")
        parser.add_argument(
            "--without-keys", action="store_true", help="leaves out keys and secret key, to be kept elsewhere"
        )

    def handle(self, *args: Any, folder: Path, without_keys: bool, **options: Any) -> None:
        try:
            made = making.make(folder.resolve(), with_keys=not without_keys)
        except (making.Refused, databases.Failed) as refusal:
            raise CommandError(str(refusal)) from refusal
        except OSError as error:
            raise CommandError(
                f"The backup could not be written: {error}. What is in {folder} is no backup."
            ) from error
        size = sum(entry.size for entry in made.files.values())
        self.stdout.write(
            f"The backup is in {folder}: {len(made.files)} files, {size / 1e6:.1f} MB, "
            f"the log at {made.log_size} records with root {made.log_root}."
        )
        self._say_keys(made.with_keys, folder)
        if made.missing:
            raise CommandError(
                f"The backup is finished, but this site has lost {len(made.missing)} stored files: "
                f"{get_text_list(made.missing[:5], 'and')}. Look for them in an earlier backup."
            )

    def _say_keys(self, with_keys: bool, folder: Path) -> None:
        if with_keys:
            self.stdout.write(f"{folder}/keys opens everything in it: keep it apart from the rest.")
        else:
            self.stdout.write(f"The keys are not in it: keep {settings.KEYS_DIR} and secret_key elsewhere.")
        if not (settings.DATA_DIR / "secret_key").exists():
            self.stdout.write("SECRET_KEY comes from the environment: keep it with your other secrets.")
