"""Prints who holds what."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ndaflow.desk.review import listing, table
from trustcenter.web import spreadsheet


class Command(BaseCommand):
    help = "Prints who holds what, why, until when, and when it was last read."

    def add_arguments(self, parser: CommandParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        review = steps.add_parser("review", help="every document that is open to somebody now")
        review.add_argument("--csv", metavar="FILE", help="as a CSV file; - prints it")

    def handle(self, *args: Any, step: str, csv: str | None = None, **options: Any) -> None:
        now = timezone.now()
        rows = listing.with_reasons(listing.held(listing.EVERYTHING, now)).iterator(chunk_size=listing.CHUNK)
        found = table.rows(listing.holdings(rows, now, listing.titles()))
        if csv is None:
            for company, _known, name, email, document, _level, _since, until, why, read, *_answer in found:
                self.stdout.write(f"{email} ({name}, {company or 'no company'}): {document} until {until[:10]}")
                self.stdout.write(f"    {why}; last read {read[:10] or 'never'}")
            return
        lines = spreadsheet.lines(table.head(), found)
        if csv == "-":
            self.stdout.write("".join(lines), ending="")
            return
        try:
            with Path(csv).open("w", encoding="utf-8", newline="") as file:
                file.writelines(lines)
        except OSError as broken:
            raise CommandError(f"{csv} cannot be written: {broken.strerror}") from broken
