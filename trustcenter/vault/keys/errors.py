"""What can keep the vault shut. Each text is for whoever runs the site."""


class VaultKeyError(Exception):
    """The key of a file cannot be had."""


class KeyMissing(VaultKeyError):
    """There is no such key, or no way to it is set up."""


class KeyRefused(VaultKeyError):
    """The key is there and does not open this: another key, another purpose, or changed bytes."""


class KeyUnreachable(VaultKeyError):
    """Who holds the key does not answer now; later it may."""
