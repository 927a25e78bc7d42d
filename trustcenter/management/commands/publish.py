"""Writes the public side as static files."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trustcenter.site import static_copy


class Command(BaseCommand):
    help = "Writes the public pages and data as files into a folder, for a CDN or a bucket."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            written = static_copy.write(folder)
        except (static_copy.Unwritable, OSError) as error:
            raise CommandError(str(error), returncode=1) from error
        self.stdout.write(f"{len(written)} public addresses are in {folder}.")
