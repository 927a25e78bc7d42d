from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trustcenter.vault import files as vault
from trustcenter.vault.rotation import rotate


class Command(BaseCommand):
    help = (
        "Wraps the keys of all stored files with the key of VAULT_KEY, a new one where that is local. "
        "Files stay readable all the while; after an interruption call it again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = rotate()
        except vault.KeyUnusable as error:
            raise CommandError(f"{error}. Nothing is lost; every file opens as before.") from error
        self.stdout.write(f"{done.rewrapped} files are wrapped with {done.key} now.")
        if done.left:
            self.stdout.write(f"{done.left} are not yet: they were being stored just now. Call this again in an hour.")
        if done.refused:
            raise CommandError(
                f"{len(done.refused)} do not open and stay as they were: {', '.join(done.refused)}. "
                "What their rows hold was not wrapped for them; a backup of the database may have it as it was."
            )
