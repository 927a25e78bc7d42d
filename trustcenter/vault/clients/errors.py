"""Why a key cannot be used, for the vault and for the seal. Each text tells the operator what is wrong."""


class KeyUnusable(Exception):
    """The key cannot be used."""


class KeyMissing(KeyUnusable):
    """The key is not there, or its address, PIN or permission is wrong: a person must correct the settings."""


class KeyRefused(KeyUnusable):
    """The key is there and does not open this: it was wrapped by another key, for another purpose, or was changed."""


class KeyUnreachable(KeyUnusable):
    """The service that holds the key does not answer now. It may answer later."""
