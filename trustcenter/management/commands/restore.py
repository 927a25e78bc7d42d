from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from trustcenter.site.backup import databases
from trustcenter.site.backup.manifest import NotABackup
from trustcenter.site.backup.restoring import Refused, restore
from trustcenter.site.checks import RESTORING


class Command(BaseCommand):
    help = "Restores a backup into an empty site and checks it; ended half-way, the same command goes on."
    # The check that keeps a half-restored site from starting must not keep us from finishing it.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder that `backup` made")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            restored = restore(folder.resolve(), self.stdout.write)
        except (Refused, NotABackup, databases.Failed) as refusal:
            raise CommandError(str(refusal)) from refusal
        for words in restored.found:
            self.stdout.write(words)
        if restored.wrong:
            raise CommandError(
                "\n".join(restored.wrong)
                + f"\nThe site stays shut. To open it as it is, remove {settings.DATA_DIR / RESTORING}."
            )
        self.stdout.write("The site is restored. What happened after the backup, revocations among it, is not in it.")
