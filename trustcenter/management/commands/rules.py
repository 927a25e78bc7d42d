"""Tries rules on situations."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from ndaflow.rules import catalogue, policy, trials
from ndaflow.rules.models import RuleVersion


class Command(BaseCommand):
    help = "Prints what rules decide in situations that a TOML file describes, and why. Changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        test = actions.add_parser("test", help="Exits with 1 if a decision is not the one that the file expects.")
        test.add_argument("file", type=Path)

    @translation.override("en")
    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        site = catalogue.read()
        try:
            read = trials.read(file.read_text("utf-8"), site.known.levels)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except (trials.Unreadable, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read: {error}.") from error
        rules = read.rules
        if rules is None:
            version = RuleVersion.in_force()
            if version is None:
                raise CommandError("No rules are published, and the file has none of its own.")
            rules = policy.read(version.rules)
        results = read.results(rules, site.names)
        for number, result in enumerate(results, 1):
            self.stdout.write(f"{number}. {result.trial.name}: {_ended(result.decision)}")
            self.stdout.write(f"   {result.explanation}")
            if not result.is_as_expected:
                self.stdout.write(f"   Expected: {_ended(result.trial.decision)} {result.trial.explanation}")
        wrong = sum(not result.is_as_expected for result in results)
        self.stdout.write(f"{len(results)} situations, {wrong} not as expected.")
        if wrong:
            raise CommandError("The rules do not decide as the file expects.", returncode=1)


def _ended(decision: Any) -> str:
    """A decision as a sentence; one that ends with what the requester reads has its full stop."""
    words = str(decision)
    return words if words.endswith((".”", "?”", "!”")) else f"{words}."
