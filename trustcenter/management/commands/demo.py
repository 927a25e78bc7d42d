"""Fills a demo site."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from trustcenter.site import demo, tables


class Command(BaseCommand):
    help = "Fills an empty site with demo content. It is safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--people", action="store_true", help="only print how to sign in as each person")

    def handle(self, *args: Any, people: bool, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "Demo content belongs on a demo only: everyone can sign in as its staff and read its mail. "
                "Set TRUSTCENTER_DEMO=1 and a data folder of its own (TRUSTCENTER_DATA)."
            )
        tables.make_if_new()
        if people:
            self.stdout.write(demo.how_to_sign_in())
        else:
            demo.fill(self._say)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
