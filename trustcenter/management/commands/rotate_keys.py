"""Rotates the vault's keys."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trustcenter.vault import files as vault
from trustcenter.vault.rotation import rotate


class Command(BaseCommand):
    help = (
        "Wraps the keys of all stored files with the key of VAULT_KEY; makes a new key first if that is local. "
        "Files stay readable. After an interruption, run it again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = rotate()
        except vault.KeyUnusable as error:
            raise CommandError(f"{error}. Nothing is lost: every file opens as before.") from error
        self.stdout.write(f"Files whose keys were wrapped with {done.key}: {done.rewrapped}.")
        if done.left:
            self.stdout.write(
                f"Files that were stored in the meantime: {done.left}. Run this command again in an hour."
            )
        if done.refused:
            raise CommandError(
                f"These files do not open and were left as they are: {', '.join(done.refused)}. "
                "The wrapped keys in their rows are damaged. A backup of the database may still hold them undamaged."
            )
