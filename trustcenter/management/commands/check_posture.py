"""Checks the public content."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from certifications.checking.checks import check_now
from certifications.checking.findings import Finding
from trustcenter.site import tables


class Command(BaseCommand):
    help = (
        "Prints what in the public content is contradictory, out of date, missing or worded wrongly, with the places and"
        " what to do. Exit status 1 if there is anything."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print a list of objects.")

    def handle(self, *args: Any, **options: Any) -> None:
        tables.make_if_new()
        found = check_now()
        if options["json"]:
            self.stdout.write(json.dumps([_data(one) for one in found], ensure_ascii=False, indent=1))
        else:
            self.stdout.write("\n\n".join(map(as_lines, found)) if found else "Nothing to correct.")
        if found:
            sys.exit(1)


def as_lines(finding: Finding) -> str:
    """A finding for a terminal: the sentence, each place with its page, and what to do."""
    lines = [f"{finding.code.value}: {finding.sentence}"]
    lines += [f"  {place}  {settings.SITE_URL}{place.edit}" for place in finding.places]
    return "\n".join([*lines, f"  {finding.todo}"])


def _data(finding: Finding) -> dict[str, Any]:
    places = [asdict(place) | {"edit": settings.SITE_URL + place.edit} for place in finding.places]
    return {"code": finding.code.value, "sentence": finding.sentence, "places": places, "todo": finding.todo}
