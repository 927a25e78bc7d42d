"""The client of hardware tokens: where a key is, one session at a time, and what a token's errors mean.

A key's address is `pkcs11:token=LABEL;object=LABEL?module-path=FILE` (RFC 7512). A token locks after a few wrong PINs,
and the keys in it are then lost to the site. So nothing else in the product opens a token.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pkcs11
from pkcs11 import KeyType, ObjectClass, TokenFlag

from trustcenter.vault.clients.errors import KeyMissing, KeyUnreachable, KeyUnusable

UNREACHABLE = (pkcs11.DeviceError, pkcs11.DeviceRemoved, pkcs11.TokenNotPresent, pkcs11.SessionHandleInvalid)
WRONG_PIN = (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinExpired, pkcs11.PinLocked)

# A process loads a module once, and not every module can be called by two threads at once.
_one_at_a_time = threading.Lock()
# Whether a token accepted a PIN, by module, token and PIN: no process sends a wrong PIN twice.
_accepted: dict[tuple[str, str, str], bool] = {}


class PinRefused(KeyMissing):
    """The token did not accept the PIN, or must not be sent it now."""


@dataclass(frozen=True)
class TokenAddress:
    """A key by its label, in a token by its label, reached through the library at `module`."""

    module: str
    token: str
    object: str


@dataclass(frozen=True)
class Pin:
    """A user's PIN and the name of the setting that holds it, which errors mention."""

    value: str
    setting: str


def token_address(text: str) -> TokenAddress:
    """The address in `text`, with or without `pkcs11:`. Raises KeyMissing."""
    path, _, query = text.removeprefix("pkcs11:").partition("?")
    parts = dict(part.partition("=")[::2] for part in path.split(";"))
    module = dict(parse_qsl(query)).get("module-path", "")
    if "pin-value" in query:
        # Not repeated here: this text is printed and logged.
        raise KeyMissing(
            "a PKCS#11 address must not contain the PIN: process lists would show it. It has its own setting"
        )
    if not (module and parts.get("token") and parts.get("object")):
        raise KeyMissing(f"{text} needs token, object and module-path: pkcs11:token=…;object=…?module-path=…")
    if not Path(module).is_file():
        raise KeyMissing(f"there is no PKCS#11 module at {module}")
    return TokenAddress(module=module, token=unquote(parts["token"]), object=unquote(parts["object"]))


@contextmanager
def token_key(address: TokenAddress, pin: Pin, kind: ObjectClass, key_type: KeyType | None = None) -> Iterator[Any]:
    """The key of that kind and type at `address`, in an open session; other threads wait until it is closed.

    Raises KeyMissing, PinRefused, KeyUnreachable, or KeyUnusable for any other error of the token.
    """
    token, label = address.token, address.object
    try:
        with _session(address, pin) as session:
            yield session.get_key(object_class=kind, key_type=key_type, label=label)
    except pkcs11.NoSuchToken:
        raise KeyUnreachable(f"there is no token {token}") from None
    except pkcs11.NoSuchKey:
        raise KeyMissing(f"the token {token} has no {kind.name.lower().replace('_', ' ')} {label}") from None
    except pkcs11.MultipleObjectsReturned:
        raise KeyMissing(f"the token {token} has more than one key {label}") from None
    except UNREACHABLE as error:
        raise KeyUnreachable(f"the token {token} does not answer: {type(error).__name__}") from error
    except (RuntimeError, OSError) as error:
        reason = f"{type(error).__name__} {error}".strip()
        raise KeyUnusable(f"the token {token} in {address.module} does not work: {reason}") from error


@contextmanager
def _session(address: TokenAddress, pin: Pin) -> Iterator[Any]:
    with _one_at_a_time:
        # Looked up every time: a token that was pulled out and put back may be in another slot.
        token = pkcs11.lib(address.module).get_token(token_label=address.token)
        with _opened(token, address, pin) as session:
            yield session


def _opened(token: Any, address: TokenAddress, pin: Pin) -> Any:
    if not pin.value:
        raise PinRefused(f"{pin.setting} is not set")
    known = (address.module, address.token, pin.value)
    if danger := _danger(token.flags, _accepted.get(known), pin.setting):
        raise PinRefused(f"the token {address.token} {danger}")
    try:
        session = token.open(user_pin=pin.value)
    except WRONG_PIN:
        _accepted[known] = False
        raise PinRefused(f"the token {address.token} {_danger(0, False, pin.setting)}") from None
    _accepted[known] = True
    return session


def _danger(flags: int, accepted: bool | None, setting: str) -> str:
    """Why the PIN must not be sent, by the token's last answer to it and its flags (CK_TOKEN_INFO); empty if it may."""
    if flags & TokenFlag.USER_PIN_LOCKED:
        return "has locked its PIN after too many wrong ones. Its security officer can set a new PIN"
    reset = "log in to it once with another program (`pkcs11-tool --login --list-objects`), and start again"
    if accepted is False:
        return f"does not accept {setting}, and is not asked again so that it does not lock. Correct {setting}, {reset}"
    # A PIN that was right a moment ago resets the count after somebody else's wrong one.
    if flags & TokenFlag.USER_PIN_FINAL_TRY or (flags & TokenFlag.USER_PIN_COUNT_LOW and not accepted):
        return f"was sent a wrong PIN and may lock at the next one. Check {setting}, {reset}"
    return ""
