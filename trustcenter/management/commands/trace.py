"""Traces a leaked copy."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from documents.models import Delivery, Trace
from documents.tracing import examining
from trustcenter.vault import sandbox

METHODS = {
    "hash": "the file is this copy, byte for byte",
    "cells": "its pages carry this copy's second mark (chance that this is an unrelated copy: at most {chance:.0e})",
    "text": "its text shows this copy's code, which anyone could have typed",
    "elsewhere": "its data contains this copy's code, which anyone could have typed",
}


class Command(BaseCommand):
    help = "Names the copy that a leaked PDF, PNG or JPEG came from. Exits with 1 if it finds none or more than one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            trace = examining.trace_at(file)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except sandbox.Unavailable as reason:
            raise CommandError(f"{file} cannot be read, because the sandbox is not available: {reason}") from reason
        self.stdout.write(f"{file.name}: SHA-256 {trace.sha256}")
        if trace.failure:
            raise CommandError(trace.failure)
        for number, code in enumerate(dict.fromkeys(one["code"] for one in trace.findings["evidence"]), 1):
            self._copy(number, Delivery.objects.select_related("reader", "version__document").get(code=code), trace)
        self.stdout.write(f"Result: {trace.words}.")
        if trace.delivery_id is None:
            raise CommandError("The file does not lead to one copy, so it names no reader.", returncode=1)

    def _copy(self, number: int, copy: Delivery, trace: Trace) -> None:
        company = f" ({copy.printed_company})" if copy.printed_company else ""
        how = "delivered to" if copy.kind == Delivery.Kind.DOWNLOAD else "shown page by page to"
        self.stdout.write(
            f"{number}. copy {copy.code}: {copy.version.document.title}, version {copy.version.number}, "
            f"{how} {copy.printed_email}{company} at {copy.started_at:%Y-%m-%d %H:%M:%S} UTC"
        )
        for one in trace.findings["evidence"]:
            if one["delivery"] == copy.pk:
                self.stdout.write(f"   - {METHODS[one['method']].format(**one)}")
