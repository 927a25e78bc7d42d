"""Configurations that must not go live, each with a number, a reason and the way out.

E-numbers stop `manage.py serve`; W-numbers are printed. Those about a live site run with `check --deploy`; E012, W013 and
E015 are in trustcenter.vault.checks, because this module knows nothing of files.
"""

import ipaddress
import stat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.http.request import validate_host

# The file in the data folder by which `restore` says that it has begun; it goes when the restored site is checked.
RESTORING = "restoring"
# What Django's own check asks for, 50 characters, is about 256 bits of a random text.
KEY_LENGTH, KEY_VARIETY = 50, 10


def on_loopback(host: str) -> bool:
    """Whether a host name or address can be reached from this machine alone."""
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
                "The secret key was made for the demo.",
                hint="Start with a data folder of its own (TRUSTCENTER_DATA), or set SECRET_KEY.",
                id="trustcenter.E001",
            )
        ]
    if len(key) < KEY_LENGTH or len(set(key)) < KEY_VARIETY:
        return [
            Error(
                f"The secret key is short or plain: sessions could be forged. It needs {KEY_LENGTH} characters or more.",
                hint="Unset SECRET_KEY: a good one is then made in the data folder.",
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
            "DEBUG is on: every error would show source code and settings to whoever caused it.",
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
                "ALLOWED_HOSTS accepts any host name: links in our mails could be pointed at a stranger's server.",
                hint="Name the site's own host, for instance ALLOWED_HOSTS=trust.example.",
                id="trustcenter.E004",
            )
        )
    elif not validate_host(_site_host(), settings.ALLOWED_HOSTS):
        found.append(
            Error(
                f"The site's own host {_site_host() or '(none)'} is not in ALLOWED_HOSTS: every page would answer 400.",
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
            "The demo shows its mail and its passwords to everyone, and HOST or SITE_URL is not this machine alone.",
            hint="Keep HOST and SITE_URL on 127.0.0.1 or localhost, or unset TRUSTCENTER_DEMO.",
            id="trustcenter.E006",
        )
    ]


@register(Tags.security, deploy=True)
def transport(**kwargs: Any) -> list[CheckMessage]:
    if settings.OVER_TLS and not settings.TRUSTED_PROXIES:
        return [
            Error(
                "SITE_URL is https, but no proxy is trusted to say so: every page would redirect to itself.",
                hint="Set TRUSTED_PROXIES to the number of your proxies in front of the site (one nginx: 1).",
                id="trustcenter.E008",
            )
        ]
    if not settings.OVER_TLS and not on_loopback(_site_host()):
        return [
            Error(
                "SITE_URL is not https: sign-in codes and documents would cross the network in the clear.",
                hint="Put the site behind a proxy with TLS and write SITE_URL=https://…",
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
                "No mail server is set: sign-in codes reach the server's log only, so nobody outside can come in.",
                hint="Set MAIL_URL, for instance smtp://user:password@mail.example:587; or log: to try a restored site.",
                id="trustcenter.E009",
            )
        ]
    if settings.MAIL_URL == "log:":
        return [
            Warning(
                "Nobody gets mail: all of it, sign-in codes too, is written to the server's log.",
                hint="That is meant for trying a restored site. Set MAIL_URL to a mail server before others use it.",
                id="trustcenter.W014",
            )
        ]
    return []


@register(Tags.security)
def unfinished_restore(**kwargs: Any) -> list[CheckMessage]:
    if not (settings.DATA_DIR / RESTORING).exists():
        return []
    return [
        Error(
            "A restore has begun in this data folder and was not finished: documents or keys may be missing.",
            hint="Run the same manage.py restore again; it goes on where it stopped.",
            id="trustcenter.E011",
        )
    ]


@register(Tags.security, deploy=True)
def data_folder(**kwargs: Any) -> list[CheckMessage]:
    mode = stat.S_IMODE(settings.DATA_DIR.stat().st_mode)
    # Where the worker has a user of its own, the two share the folder through their group, and the log's key lies elsewhere.
    shared = not Path(settings.LOG_KEY_FILE).is_relative_to(settings.DATA_DIR)
    if not mode & (0o007 if shared else 0o077):
        return []
    return [
        Warning(
            f"The data folder is open to other users of this machine (mode {mode:04o}): it holds keys and documents.",
            hint=f"chmod 700 {settings.DATA_DIR}",
            id="trustcenter.W010",
        )
    ]
