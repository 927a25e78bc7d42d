from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trustcenter.audit.verify import Broken, verify


class Command(BaseCommand):
    help = "Checks the audit log: `audit verify` recomputes every record."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("errand", choices=["verify"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            whole = verify()
        except Broken as broken:
            raise CommandError(f"The log is broken at {broken}.", returncode=1) from broken
        self.stdout.write(f"The log is whole: {whole.size} records, root {whole.root.hex()}.")
