"""Django's `check`; with `--deploy` it finds all that `serve` would refuse."""

from typing import Any

from django.core.management.commands import check
from django.db import DEFAULT_DB_ALIAS


class Command(check.Command):
    """With `--deploy` it asks the database, the storage and the service of the keys, too, as `serve` does."""

    def handle(self, *app_labels: Any, **options: Any) -> None:
        if options["deploy"] and not options["databases"]:
            options["databases"] = [DEFAULT_DB_ALIAS]
        super().handle(*app_labels, **options)
