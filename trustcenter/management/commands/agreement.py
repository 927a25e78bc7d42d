"""Publishes an agreement."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ndaflow.agreements.flows import publish
from ndaflow.agreements.models import Agreement, AgreementVersion, Scope
from trustcenter.audit import FlowError
from trustcenter.site import tables


class Command(BaseCommand):
    help = "Publishes a text for readers to sign: `agreement publish FILE` makes it the next version."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subcommand", choices=["publish"])
        parser.add_argument("file", type=Path, help="Markdown in UTF-8")
        parser.add_argument("--slug", help="how addresses and levels call it; its kind if nothing is given")
        parser.add_argument("--kind", choices=Agreement.Kind.values, default=Agreement.Kind.NDA)
        parser.add_argument("--title", default="Mutual non-disclosure agreement")
        parser.add_argument(
            "--covers", choices=Scope.values, default="", help="whom one signature covers: as before, or the signer"
        )
        parser.add_argument(
            "--earlier-signers",
            choices=AgreementVersion.EarlierSigners.values,
            default=AgreementVersion.EarlierSigners.NEXT_USE,
            help="what people who signed an earlier version must do",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        tables.make_if_new()
        try:
            # Some editors begin a file with a mark that is no part of its text.
            text = options["file"].read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"Cannot read {options['file']}: {error}") from error
        try:
            version = publish(
                slug=options["slug"] or options["kind"],
                kind=options["kind"],
                title=options["title"],
                text=text,
                earlier_signers=options["earlier_signers"],
                covers=options["covers"],
                by=None,
            )
        except FlowError as refusal:
            raise CommandError(f"Nothing was published. {refusal}") from refusal
        self.stdout.write(f"{version} is in force. SHA-256 of its text: {version.sha256}")
