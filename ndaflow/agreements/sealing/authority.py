"""The site's own certificate authority, under which the seal has a certificate unless the operator brings one.

A reader trusts its root once, and then every seal under it. So the root's key is kept, in a file of its own: a new
certificate under the same root needs no new trust. A thief of the folder gains little by it, because the seal's key beside
it makes valid seals already. Only issuing a certificate needs it, so the operator may keep it elsewhere.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

from ndaflow.agreements.sealing import certificates, files, keys
from ndaflow.agreements.sealing.keys import FileKey, SealKey
from trustcenter.vault.clients.errors import KeyUnusable


def root_key() -> FileKey:
    """The root's key, whether or not it exists."""
    return FileKey(Path(settings.KEYS_DIR, "seal-root.key"))


def chain_for(
    key: SealKey, name: str, now: datetime, known: Iterable[Sequence[x509.Certificate]]
) -> list[x509.Certificate]:
    """A new certificate for the key, and the root that issued it: the one in `known` if its key is still there.

    For a key in a token or a key service, the root's key is not stored: in a file it would be the weaker of the two.
    Raises KeyUnusable.
    """
    private = private_key() if not settings.SEAL_KEY else keys.new_private()
    public, end = private.public_key(), now + certificates.LIFE
    roots = [chain[-1] for chain in known]
    fitting = (one for one in roots if one.public_key() == public and one.not_valid_after_utc >= end)
    root = next(fitting, None) or certificates.authority(private, name, now)
    return [certificates.issued(key.public_key(), name, now, root, private), root]


def private_key() -> rsa.RSAPrivateKey:
    """The root's private key, which is made if there is none. Raises KeyUnusable."""
    key = root_key()
    files.keep_key(key.path)
    private = key.private()
    if not isinstance(private, rsa.RSAPrivateKey):
        raise KeyUnusable(f"{key.path} is not the RSA key of the site's certificate authority")
    return private
