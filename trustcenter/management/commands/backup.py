"""Makes a backup."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.text import get_text_list

from trustcenter.site.backup import databases, making


class Command(BaseCommand):
    help = "Makes a backup of the database, stored files and keys in an empty folder, while the site runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder for the backup; it must be empty or new")
        parser.add_argument(
            "--without-keys", action="store_true", help="leave out the keys and the secret key; keep them elsewhere"
        )

    def handle(self, *args: Any, folder: Path, without_keys: bool, **options: Any) -> None:
        try:
            made = making.make(folder.resolve(), with_keys=not without_keys)
        except (making.Refused, databases.Failed) as refusal:
            raise CommandError(str(refusal)) from refusal
        except OSError as error:
            raise CommandError(
                f"The backup could not be written: {error}. {folder} does not contain a complete backup."
            ) from error
        size = sum(entry.size for entry in made.files.values())
        self.stdout.write(
            f"The backup is in {folder}: {len(made.files)} files, {size / 1e6:.1f} MB, "
            f"audit log with {made.log_size} records and root {made.log_root}."
        )
        self._say_keys(made.with_keys, folder)
        if made.missing:
            raise CommandError(
                f"The backup is complete, but this site had already lost stored files ({len(made.missing)}): "
                f"{get_text_list(made.missing[:5], 'and')}. Look for them in an earlier backup."
            )

    def _say_keys(self, with_keys: bool, folder: Path) -> None:
        if with_keys:
            self.stdout.write(f"The keys in {folder}/keys open everything in the backup. Keep them in another place.")
        else:
            self.stdout.write(
                f"The backup has no keys. Keep copies of {settings.KEYS_DIR} and of secret_key in another place."
            )
        if not (settings.DATA_DIR / "secret_key").exists():
            self.stdout.write(
                "SECRET_KEY is set in the environment and is not in the backup. Keep it with your other secrets."
            )
