"""Starts the whole site."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trustcenter.site.serve import CannotStart, serve


class Command(BaseCommand):
    help = "Starts the site: prepares the database, then runs the web server and the worker until it is stopped."
    # The checks run after the lock and the address, each with its own sentence.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--web-only", action="store_true", help="start no worker: it runs as its own service, under its own user"
        )

    def handle(self, *args: Any, web_only: bool = False, **options: Any) -> None:
        try:
            serve(web_only=web_only, say=self._say, warn=self.stderr.write)
        except CannotStart as error:
            raise CommandError(str(error), returncode=error.status) from error

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        # A pipe or a log must show a line when it is said, not when a buffer is full.
        self.stdout.flush()
