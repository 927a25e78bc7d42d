"""The key and certificate in use, and every certificate that the seal has used."""

import secrets
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from django.conf import settings

from certifications import posture
from ndaflow.agreements.models import SealCertificate
from ndaflow.agreements.sealing import authority, certificates, files, keys
from ndaflow.agreements.sealing.certificates import BadCertificate
from ndaflow.agreements.sealing.keys import FileKey, SealKey
from ndaflow.agreements.sealing.sealer import Sealer, Timestamps
from trustcenter import audit
from trustcenter.audit.actions import Action
from trustcenter.vault.clients.errors import KeyUnusable

KEY_FILE, CERTIFICATE_FILE = "seal.key", "seal.pem"


def folder() -> Path:
    return Path(settings.KEYS_DIR)


def key_in_use() -> SealKey:
    """The key of the settings, whether or not it exists. Raises KeyUnusable."""
    return keys.named(settings.SEAL_KEY, default=folder() / KEY_FILE, pin=settings.SEAL_PIN)


def certificate_path() -> Path:
    return Path(settings.SEAL_CERTIFICATE) if settings.SEAL_CERTIFICATE else folder() / CERTIFICATE_FILE


def timestamp_roots() -> list[x509.Certificate]:
    """The root certificates of trusted timestamps. Raises BadCertificate."""
    if not settings.TIMESTAMP_ROOTS:
        return []
    try:
        return x509.load_pem_x509_certificates(Path(settings.TIMESTAMP_ROOTS).read_bytes())
    except (OSError, ValueError) as error:
        raise BadCertificate(f"TIMESTAMP_ROOTS is not a readable PEM file: {error}") from error


def in_use(now: datetime) -> Sealer:
    """The sealer in use. Key and certificate are made the first time, and never again.

    Raises KeyUnusable and BadCertificate; nothing is sealed until a person has corrected that.
    """
    key = key_in_use()
    if isinstance(key, FileKey) and not key.path.exists():
        _must_be_first(key)
        files.keep_key(key.path)
    chain = _chain(key, now)
    if found := certificates.flaws(chain, key.public_key(), now):
        raise BadCertificate(f"{certificate_path()}: {'; '.join(found)}")
    return Sealer(key=key, chain=chain, timestamps=_timestamps())


def publish(sealer: Sealer) -> SealCertificate:
    """The row of the certificate in use. A new one is published and recorded."""
    own = sealer.chain[0]
    fingerprint = certificates.fingerprint(own)
    known = SealCertificate.objects.filter(pk=fingerprint).first()
    if known:
        return known
    with audit.change(by=None) as change:
        row, new = SealCertificate.objects.get_or_create(
            fingerprint=fingerprint,
            defaults={
                "pem": certificates.pem_of(sealer.chain),
                "subject": certificates.subject_of(own)[:300],
                "not_after": own.not_valid_after_utc,
            },
        )
        if new:
            change.record(Action.SEAL_CERTIFICATE, changed=[row], fingerprint=fingerprint, holder=row.subject)
    return row


def published() -> list[list[x509.Certificate]]:
    """Every chain that the seal has used, the newest first."""
    return [certificates.chain_of(pem.encode()) for pem in SealCertificate.objects.values_list("pem", flat=True)]


def renew(now: datetime) -> Sealer:
    """A new key and certificate under the site's root. The former pair is kept beside it under its fingerprint.

    Without the root's key a new root is made. Raises KeyUnusable if the operator brought the key: then the operator
    replaces it.
    """
    if settings.SEAL_KEY or settings.SEAL_CERTIFICATE:
        raise KeyUnusable("SEAL_KEY or SEAL_CERTIFICATE is set: make the new pair yourself and change the setting")
    # If the root's key cannot be used, nothing changes.
    authority.private_key()
    pem = folder() / CERTIFICATE_FILE
    name = secrets.token_hex(4)
    if pem.exists():
        name = certificates.fingerprint(certificates.chain_of(pem.read_bytes())[0])[:16]
    for path in (folder() / KEY_FILE, pem):
        if path.exists():
            path.rename(path.with_stem(f"seal-{name}"))
    files.keep_key(folder() / KEY_FILE)
    return in_use(now)


def holder() -> str:
    """The name of the company in the certificates of the site's own authority."""
    profile = posture.profile()
    return profile.legal_name if profile else urlsplit(settings.SITE_URL).hostname or "Trust center"


def _timestamps() -> Timestamps | None:
    if not settings.TIMESTAMP_URL:
        return None
    roots = timestamp_roots()
    if not roots:
        raise BadCertificate("TIMESTAMP_URL is set without TIMESTAMP_ROOTS: nobody could check its timestamps")
    return Timestamps(settings.TIMESTAMP_URL, roots)


def _must_be_first(key: FileKey) -> None:
    """Refuses to make a key if there was one: a lost key needs a person, not a silent replacement."""
    chosen = settings.SEAL_KEY or settings.SEAL_CERTIFICATE
    if chosen or certificate_path().exists() or SealCertificate.objects.exists():
        raise KeyUnusable(
            f"the seal's key {key.path} is gone. Put it back from the backup; if it is lost, make a new one with "
            "`manage.py seal certificate --new`. Former copies stay valid either way"
        )


def _chain(key: SealKey, now: datetime) -> list[x509.Certificate]:
    path = certificate_path()
    if not path.exists():
        if settings.SEAL_CERTIFICATE:
            raise BadCertificate(f"there is no certificate in {path}")
        files.keep(path, _known_or_new(key, now))
    try:
        return certificates.chain_of(path.read_bytes())
    except OSError as error:
        raise BadCertificate(f"{path} cannot be read: {error}") from error


def _known_or_new(key: SealKey, now: datetime) -> bytes:
    """The published certificate of this key, if only its file is lost, or a new one of the site's own authority."""
    known = published()
    for chain in known:
        if not certificates.flaws(chain, key.public_key(), now):
            return certificates.pem_of(chain).encode()
    return certificates.pem_of(authority.chain_for(key, holder(), now, known)).encode()
