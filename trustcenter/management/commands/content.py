import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from certifications.sections import ContentError
from trustcenter.site.content_file import export_content, import_content

STANDARD = "-"


class Command(BaseCommand):
    help = "Reads the public content from a TOML file, or writes it to one; `-` is standard input or output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("errand", choices=["import", "export"])
        parser.add_argument("file", metavar="FILE")

    def handle(self, *args: Any, errand: str, file: str, **options: Any) -> None:
        try:
            match errand:
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
                f"The file is refused, and nothing has changed.\n{refused}",
                returncode=1,
            ) from refused
        self.stdout.write("The public content now says what the file says.")

    def _export(self, file: str) -> None:
        try:
            text = export_content()
        except ContentError as refused:
            raise CommandError(str(refused), returncode=1) from refused
        if file == STANDARD:
            self.stdout.write(text, ending="")
        else:
            Path(file).write_text(text, encoding="utf-8", newline="\n")
