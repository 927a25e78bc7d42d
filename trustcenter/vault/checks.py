"""Checks of the vault's keys and of the sandbox. Numbers: see trustcenter.site.checks."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError

from trustcenter.vault import confinement, opening
from trustcenter.vault.keys import KeyMissing, KeyRefused, KeyUnusable
from trustcenter.vault.objects import objects


# Not before every command: without the vault's key an operator can still verify the log and restore the key.
@register(Tags.database, deploy=True)
def vault_keys(**kwargs: Any) -> list[CheckMessage]:
    try:
        damaged = opening.check()
    except (KeyMissing, KeyRefused) as error:
        return [
            Error(
                f"Stored files cannot be opened: {error}.",
                hint="Set VAULT_KEY and KEYS_DIR as they were, or restore the key. A new key would open nothing.",
                id="trustcenter.E012",
            )
        ]
    except KeyUnusable as error:
        return [
            Error(
                f"Stored files cannot be opened now: {error}.",
                hint="Nothing is lost. Check the service that holds the key, and the network in between. Then start again.",
                id="trustcenter.E015",
            )
        ]
    except (DatabaseError, OSError):
        # Other checks report a database without its tables and a storage that does not answer.
        return []
    if not damaged:
        return []
    return [
        Warning(
            f"These stored files are damaged. They do not open, although their key is there: {', '.join(damaged)}.",
            hint="Nobody can read them. A backup of the database may still hold their rows undamaged.",
            id="trustcenter.W013",
        )
    ]


@register(Tags.database, deploy=True)
def storage(**kwargs: Any) -> list[CheckMessage]:
    try:
        objects().probe()
    except OSError as error:
        return [
            Warning(
                f"The storage of files does not work: {error}. Pages work; files cannot be opened or stored.",
                hint="Check VAULT_STORAGE, the credentials and the network. The site works again as soon as the storage does.",
                id="trustcenter.W018",
            )
        ]
    return []


# Before every command and start, so that weaker protection is noticed early.
@register(Tags.security)
def sandbox(**kwargs: Any) -> list[CheckMessage]:
    if not (missing := confinement.missing()):
        return []
    return [
        Warning(
            missing,
            hint="Run the site on Linux 6.12 or newer with Landlock (the kernel's option lsm= names it), on x86-64 or ARM.",
            id="trustcenter.W016",
        )
    ]


@register(Tags.security, deploy=True)
def sandbox_in_production(**kwargs: Any) -> list[CheckMessage]:
    if settings.DEMO or confinement.is_enforced():
        return []
    return [
        Error(
            "Uploads would be read without a sandbox: a hostile file could open the database and the keys.",
            hint="Run the site on Linux with seccomp, on x86-64 or 64-bit ARM. No setting replaces that.",
            id="trustcenter.E017",
        )
    ]
