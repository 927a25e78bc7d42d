"""Random ids."""

import secrets

# Crockford's base 32, without i, l, o and u, so that a person can read an id out on the telephone.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 16


def new_id() -> str:
    """A random id that may appear in a URL: 16 characters with 80 bits, from `secrets` (ASVS 11.5.1)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def typed(text: str) -> str:
    """An id that somebody sent, or "" for what is none: PostgreSQL fails on a NUL instead of finding nothing."""
    return text if text.isascii() and text.isalnum() else ""


def short(id: str) -> str:
    """The first six characters, as people quote them: `7F3K-2Q`."""
    return f"{id[:4]}-{id[4:6]}".upper()
