"""Vaults that must not go live: looked at before every start and with `check --deploy`; see trustcenter.site.checks."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError

from trustcenter.vault import opening
from trustcenter.vault.keys import KeyMissing, KeyRefused, KeyUnusable


# Not for every command: without the vault's key the log can still be verified, and the key be put back.
@register(Tags.database, deploy=True)
def vault_keys(**kwargs: Any) -> list[CheckMessage]:
    try:
        damaged = opening.check()
    except (KeyMissing, KeyRefused) as error:
        return [
            Error(
                f"Stored files cannot be opened: {error}.",
                hint="Set VAULT_KEY and KEYS_DIR as they were, or put the key back; a new one would open nothing.",
                id="trustcenter.E012",
            )
        ]
    except KeyUnusable as error:
        return [
            Error(
                f"Stored files cannot be opened now: {error}.",
                hint="Nothing is lost. Look at what keeps the key, and at the network between; then start again.",
                id="trustcenter.E015",
            )
        ]
    except (DatabaseError, OSError):
        # A database without its tables, or a storage that is away, is told of by others.
        return []
    if not damaged:
        return []
    return [
        Warning(
            f"Stored files are damaged: with a key that is there, these do not open: {', '.join(damaged)}.",
            hint="Nobody can read them. A backup of the database may hold their rows as they were.",
            id="trustcenter.W013",
        )
    ]
