"""Restores a backup."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from trustcenter.site.backup import databases
from trustcenter.site.backup.manifest import NotABackup
from trustcenter.site.backup.restoring import Refused, restore
from trustcenter.site.checks import RESTORING


class Command(BaseCommand):
    help = "Restores a backup into an empty site and checks it. After an interruption, run it again to continue."
    # The check that refuses an unfinished restore must not refuse to finish it.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that `manage.py backup` made")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            restored = restore(folder.resolve(), self.stdout.write)
        except (Refused, NotABackup, databases.Failed) as refusal:
            raise CommandError(str(refusal)) from refusal
        for sentence in restored.found:
            self.stdout.write(sentence)
        if restored.wrong:
            raise CommandError(
                "\n".join(restored.wrong)
                + f"\nThe site does not start. To start it as it is, delete {settings.DATA_DIR / RESTORING}."
            )
        self.stdout.write(
            "The site is restored. Changes after the backup are lost, including revocations: check who has access."
        )
