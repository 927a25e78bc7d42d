"""Checks of the seal's configuration; trustcenter.site.checks says how they are numbered."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.utils import timezone

from ndaflow.agreements.sealing import authority, certificates, custody
from ndaflow.agreements.sealing.certificates import BadCertificate
from ndaflow.agreements.sealing.keys import FileKey, PublicKey, SealKey
from trustcenter.vault.clients.errors import KeyUnreachable, KeyUnusable

BACK_TO_DEFAULT = "Correct SEAL_KEY and SEAL_PIN, or unset both to have a key made in the data folder."


@register(Tags.security, deploy=True)
def seal(**kwargs: Any) -> list[CheckMessage]:
    """Tries the configured key and certificate. Those that the site makes itself may not exist yet."""
    try:
        key = custody.key_in_use()
        if isinstance(key, FileKey) and not key.path.exists():
            return _nothing_yet(key)
        if isinstance(key, FileKey) and _belongs_to_another_user(key.path):
            return []
        return [*_open_files(key), *_certificate(key.public_key())]
    except PermissionError:
        # The worker runs as its own user, and only that user may enter the folder of the keys.
        return []
    except KeyUnreachable as error:
        return [
            Warning(
                f"The seal's key does not answer: {error}. Signed agreements wait for their seal until it does.",
                hint="Nothing is lost: sealing is tried again. Check the network and the credentials.",
                id="trustcenter.W023",
            )
        ]
    except KeyUnusable as error:
        return [Error(f"The seal's key cannot be used: {error}.", hint=BACK_TO_DEFAULT, id="trustcenter.E020")]


@register(Tags.security, deploy=True)
def timestamps(**kwargs: Any) -> list[CheckMessage]:
    if not settings.TIMESTAMP_URL:
        return []
    problem = ""
    address = urlsplit(settings.TIMESTAMP_URL)
    if address.scheme not in {"http", "https"} or not address.hostname:
        problem = "TIMESTAMP_URL is not an http:// or https:// address"
    try:
        if not custody.timestamp_roots():
            problem = problem or "TIMESTAMP_ROOTS is not set, so nobody could check a timestamp"
    except BadCertificate as error:
        problem = problem or str(error)
    if not problem:
        return []
    return [
        Error(
            f"Timestamps are required but not available: {problem}. Nothing could be sealed.",
            hint="Set TIMESTAMP_URL to an RFC 3161 server and TIMESTAMP_ROOTS to a PEM file with its root certificates.",
            id="trustcenter.E022",
        )
    ]


def _belongs_to_another_user(path: Path) -> bool:
    """Whether only the worker's user can read the key. The web server may enter the folder, and needs nothing in it."""
    return path.stat().st_uid != os.geteuid() and not os.access(path, os.R_OK, effective_ids=True)


def _nothing_yet(key: FileKey) -> list[CheckMessage]:
    if not (settings.SEAL_KEY or settings.SEAL_CERTIFICATE or custody.certificate_path().exists()):
        return []
    return [
        Error(
            f"The seal's key {key.path} is missing, but its certificate is there.",
            hint="Put the key back from the backup, or make a new one: manage.py seal certificate --new.",
            id="trustcenter.E020",
        )
    ]


def _certificate(public: PublicKey) -> list[CheckMessage]:
    path = custody.certificate_path()
    if not path.exists() and not settings.SEAL_CERTIFICATE:
        return []
    try:
        chain = certificates.chain_of(path.read_bytes())
        problem = "; ".join(certificates.flaws(chain, public, timezone.now()))
    except (OSError, BadCertificate) as error:
        problem = str(error)
    if not problem:
        return []
    return [
        Error(
            f"The seal's certificate {path} cannot be used: {problem}.",
            hint="Set SEAL_CERTIFICATE to a PEM file with the certificate of this key first and its issuers after it.",
            id="trustcenter.E021",
        )
    ]


def _open_files(key: SealKey) -> list[CheckMessage]:
    paths = [one.path for one in (key, authority.root_key()) if isinstance(one, FileKey) and one.path.exists()]
    return [
        Warning(
            f"The seal's key {path} can be read by other users of this machine.",
            hint=f"chmod 600 {path}",
            id="trustcenter.W024",
        )
        for path in paths
        if path.stat().st_mode & 0o077
    ]
