"""Encrypts short secrets that the database keeps, with keys that follow from SECRET_KEY."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes


def encrypt(text: str, *, purpose: str) -> str:
    """The text, readable only with SECRET_KEY or one of SECRET_KEY_FALLBACKS, and only for the same purpose."""
    return _box(purpose).encrypt(text.encode()).decode()


def decrypt(box: str, *, purpose: str) -> str:
    """The text in the box. Raises ValueError if no key opens it."""
    try:
        return _box(purpose).decrypt(box).decode()
    except InvalidToken:
        raise ValueError(f"A {purpose} cannot be read: was SECRET_KEY changed without SECRET_KEY_FALLBACKS?") from None


def _box(purpose: str) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(force_bytes(key), purpose))) for key in keys])


def _derived(secret: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"trustcenter {purpose}".encode()).derive(secret)
