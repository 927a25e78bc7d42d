"""Runs the worker."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from trustcenter.work.worker import work


class Command(BaseCommand):
    help = "Runs background tasks and periodic functions until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--alone",
            action="store_true",
            help="no other worker uses this database: tasks that are marked as running were lost and wait again at once",
        )

    def handle(self, *args: Any, alone: bool, **options: Any) -> None:
        if status := work(alone=alone):
            raise SystemExit(status)
