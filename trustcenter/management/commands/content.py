"""Imports and exports the public content."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from certifications.checking.checks import check_now
from certifications.models import ContentDraft
from certifications.sections import ContentError
from trustcenter.site import tables
from trustcenter.site.content_file import export_content, import_content

STANDARD = "-"


class Command(BaseCommand):
    help = "Imports the public content from a TOML file, or exports it to one. `-` means standard input or output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subcommand", choices=["import", "export"])
        parser.add_argument("file", metavar="FILE")

    def handle(self, *args: Any, subcommand: str, file: str, **options: Any) -> None:
        tables.make_if_new()
        try:
            match subcommand:
                case "import":
                    self._import(file)
                case _:
                    self._export(file)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}", returncode=1) from error

    def _import(self, file: str) -> None:
        text = sys.stdin.buffer.read() if file == STANDARD else Path(file).read_bytes()
        try:
            import_content(text, file="standard input" if file == STANDARD else Path(file).name)
        except ContentError as refused:
            raise CommandError(
                f"The file was not imported, and nothing has changed. Correct these lines:\n{refused}",
                returncode=1,
            ) from refused
        self.stdout.write("The public content was replaced by that of the file.")
        if drafts := ContentDraft.objects.count():
            self.stdout.write(
                f"Drafts at the desk that were kept: {drafts}. Publishing one whose row has changed asks first."
            )
        # It is published all the same: only its author knows what is right.
        for finding in check_now():
            self.stderr.write(f"Warning: {finding}")

    def _export(self, file: str) -> None:
        try:
            text = export_content()
        except ContentError as refused:
            raise CommandError(str(refused), returncode=1) from refused
        if file == STANDARD:
            self.stdout.write(text, ending="")
        else:
            Path(file).write_text(text, encoding="utf-8", newline="\n")
