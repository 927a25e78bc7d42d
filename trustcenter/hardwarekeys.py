"""Where a key in a hardware token is: `pkcs11:token=LABEL;object=LABEL?module-path=FILE` (RFC 7512)."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote


class AddressError(ValueError):
    """The text leads to no key; the message says why, for the operator."""


@dataclass(frozen=True)
class TokenAddress:
    """A key by its label, in a token by its label, reached through the library at `module`."""

    module: str
    token: str
    object: str


def token_address(text: str) -> TokenAddress:
    """What `text` says, with or without its `pkcs11:`. Raises AddressError."""
    path, _, query = text.removeprefix("pkcs11:").partition("?")
    parts = dict(part.partition("=")[::2] for part in path.split(";"))
    module = dict(parse_qsl(query)).get("module-path", "")
    if "pin-value" in query:
        raise AddressError("must not contain the PIN, which would show in process lists; it has a setting of its own")
    if not (module and parts.get("token") and parts.get("object")):
        raise AddressError("needs token, object and module-path: pkcs11:token=…;object=…?module-path=…")
    if not Path(module).is_file():
        raise AddressError(f"names a PKCS#11 module that is not there: {module}")
    return TokenAddress(module=module, token=unquote(parts["token"]), object=unquote(parts["object"]))
