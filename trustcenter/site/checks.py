"""Checks for dangerous configurations. Each has a number, says what is wrong, and says what to do.

Errors (E) keep `manage.py serve` from starting; warnings (W) are printed. `check --deploy` runs the same checks as `serve`.
Those with the tag `database` ask other servers. E012, W013, E015, W016, E017 and W018 are in trustcenter.vault.checks; E020 to E024 in ndaflow.agreements.sealing.checks.
"""

import errno
import ipaddress
import socket
import stat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import OperationalError, connection
from django.http.request import validate_host

from trustcenter.work.retention import Kept

# `restore` makes this file in the data folder when it begins and deletes it when the restored site is checked.
RESTORING = "restoring"
# As Django's own check: 50 random characters have about 256 bits.
KEY_LENGTH, KEY_VARIETY = 50, 10


def on_loopback(host: str) -> bool:
    """Whether only this machine can reach a host name or address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _site_host() -> str:
    return urlsplit(settings.SITE_URL).hostname or ""


@register(Tags.security, deploy=True)
def secret_key(**kwargs: Any) -> list[CheckMessage]:
    key = settings.SECRET_KEY
    if settings.DEMO:
        return []
    if key.startswith("demo-"):
        return [
            Error(
                "The secret key was made for the demo, and the demo's key is not secret.",
                hint="Use a data folder of its own (TRUSTCENTER_DATA), or set SECRET_KEY.",
                id="trustcenter.E001",
            )
        ]
    if len(key) < KEY_LENGTH or len(set(key)) < KEY_VARIETY:
        return [
            Error(
                f"The secret key is too short or too simple: sessions could be forged. It needs {KEY_LENGTH} random characters.",
                hint="Unset SECRET_KEY. A good key is then made in the data folder.",
                id="trustcenter.E002",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def debug(**kwargs: Any) -> list[CheckMessage]:
    if not settings.DEBUG:
        return []
    return [
        Error(
            "DEBUG is on: error pages would show source code and settings to everyone.",
            hint="Unset DEBUG.",
            id="trustcenter.E003",
        )
    ]


@register(Tags.security, deploy=True)
def allowed_hosts(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if any(host == "*" for host in settings.ALLOWED_HOSTS):
        found.append(
            Error(
                "ALLOWED_HOSTS accepts any host name: an attacker could make links that lead to another server.",
                hint="Set it to the site's own host, for instance ALLOWED_HOSTS=trust.example.",
                id="trustcenter.E004",
            )
        )
    elif not validate_host(_site_host(), settings.ALLOWED_HOSTS):
        found.append(
            Error(
                f"The host of SITE_URL, {_site_host() or '(none)'}, is not in ALLOWED_HOSTS: every page would answer 400.",
                hint="Add the host of SITE_URL to ALLOWED_HOSTS.",
                id="trustcenter.E005",
            )
        )
    return found


@register(Tags.security)
def demo_in_public(**kwargs: Any) -> list[CheckMessage]:
    if not settings.DEMO or (on_loopback(settings.HOST) and on_loopback(_site_host())):
        return []
    return [
        Error(
            "The demo shows its mail and passwords to everyone, and HOST or SITE_URL can be reached from other machines.",
            hint="Keep HOST and SITE_URL on 127.0.0.1 or localhost, or unset TRUSTCENTER_DEMO.",
            id="trustcenter.E006",
        )
    ]


@register(Tags.security, deploy=True)
def transport(**kwargs: Any) -> list[CheckMessage]:
    if settings.OVER_TLS and not settings.TRUSTED_PROXIES:
        return [
            Error(
                "SITE_URL is https, but no proxy is trusted: every page would redirect to itself.",
                hint="Set TRUSTED_PROXIES to the number of proxies in front of the site (1 for one nginx).",
                id="trustcenter.E008",
            )
        ]
    if not settings.OVER_TLS and not on_loopback(_site_host()):
        return [
            Error(
                "SITE_URL is not https: sign-in codes and documents would cross the network unencrypted.",
                hint="Put the site behind a proxy with TLS, and set SITE_URL=https://…",
                id="trustcenter.E007",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def mail(**kwargs: Any) -> list[CheckMessage]:
    if settings.DEMO:
        return []
    if not settings.MAIL_URL:
        return [
            Error(
                "No mail server is set: sign-in codes are only written to the server's log, so readers cannot sign in.",
                hint="Set MAIL_URL, for instance smtp://user:password@mail.example:587. To try a restored site, set it to log:.",
                id="trustcenter.E009",
            )
        ]
    if settings.MAIL_URL == "log:":
        return [
            Warning(
                "No mail is sent: all of it, including sign-in codes, is written to the server's log.",
                hint="This is for trying a restored site. Set MAIL_URL to a mail server before others use the site.",
                id="trustcenter.W014",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def retention(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for kept in Kept:
        if kept.days < kept.least:
            found.append(
                Error(
                    f"{kept.value} is {kept.days}: data would be deleted while they are still needed.",
                    hint=f"Set it to {kept.least} or more.",
                    id="trustcenter.E040",
                )
            )
        elif kept.days > kept.most:
            found.append(
                Warning(
                    f"{kept.value} is {kept.days}: personal data would be kept for longer than can usually be justified.",
                    hint=f"Set it to {kept.most} or less, or write down why you need it (GDPR, Article 5(1)(e)).",
                    id="trustcenter.W041",
                )
            )
    return found


@register(Tags.security)
def unfinished_restore(**kwargs: Any) -> list[CheckMessage]:
    if not (settings.DATA_DIR / RESTORING).exists():
        return []
    return [
        Error(
            "A restore into this data folder was not finished: documents or keys may be missing.",
            hint="Run the same manage.py restore again. It continues where it stopped.",
            id="trustcenter.E011",
        )
    ]


@register(Tags.security, deploy=True)
def data_folder(**kwargs: Any) -> list[CheckMessage]:
    mode = stat.S_IMODE(settings.DATA_DIR.stat().st_mode)
    # If the worker has its own user, web and worker share the folder through a group, and the log's key is elsewhere.
    shared = not Path(settings.LOG_KEY_FILE).is_relative_to(settings.DATA_DIR)
    if not mode & (0o007 if shared else 0o077):
        return []
    return [
        Warning(
            f"Other users of this machine can open the data folder (mode {mode:04o}). It contains keys and documents.",
            hint=f"Run: chmod 700 {settings.DATA_DIR}",
            id="trustcenter.W010",
        )
    ]


def listen_error() -> OSError | OverflowError | None:
    """Why this process could not listen on HOST and PORT."""
    try:
        family, kind, _protocol, _name, address = socket.getaddrinfo(
            settings.HOST, settings.PORT, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as probe:
            # Without it, the connections of a server that has just stopped count as in use.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as error:
        return error
    return None


@register(Tags.security, deploy=True)
def address(**kwargs: Any) -> list[CheckMessage]:
    error = listen_error()
    # While the site runs, its own address is in use; `serve` says so itself.
    if error is None or getattr(error, "errno", None) == errno.EADDRINUSE:
        return []
    return [
        Error(
            f"Cannot listen on {settings.HOST} port {settings.PORT}: {error}.",
            hint="Set HOST to an address of this machine and PORT to a free port above 1023, for instance PORT=8080.",
            id="trustcenter.E025",
        )
    ]


@register(Tags.database, deploy=True)
def database(**kwargs: Any) -> list[CheckMessage]:
    try:
        connection.ensure_connection()
    except OperationalError as error:
        return [
            Error(
                f"The database does not answer: {str(error).strip()}.",
                hint="Check DATABASE_URL, the database server and the network in between.",
                id="trustcenter.E026",
            )
        ]
    return []
