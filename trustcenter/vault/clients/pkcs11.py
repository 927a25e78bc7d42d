"""Keys in hardware tokens: where one is, `pkcs11:token=LABEL;object=LABEL?module-path=FILE` (RFC 7512), and the way in.

A token locks after a few wrong PINs, and what is in it is then lost to the site. So whoever uses one comes in here.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

# One module is loaded once in a process, and not every one can be asked by two threads at once.
_turn = threading.Lock()
# Whether a token took a PIN, by module, token and PIN: no process gives a wrong one twice.
_taken: dict[tuple[str, str, str], bool] = {}


class AddressError(ValueError):
    """The text leads to no key; the message says why, for the operator."""


class PinRefused(Exception):
    """The token did not take the PIN, or must not be given it now; the text says what to do, for the operator."""


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


@contextmanager
def token_session(address: TokenAddress, pin: str, setting: str) -> Iterator[Any]:
    """The token, open to its user with the PIN of that setting; one thread has it at a time.

    Raises PinRefused, and what python-pkcs11 raises for anything else that is wrong (RuntimeError).
    """
    import pkcs11

    with _turn:
        # Looked for every time: a token that was pulled out and put back may be in another slot.
        token = pkcs11.lib(address.module).get_token(token_label=address.token)
        with _opened(token, address, pin, setting) as opened:
            yield opened


def _opened(token: Any, address: TokenAddress, pin: str, setting: str) -> Any:
    import pkcs11

    if not pin:
        raise PinRefused(f"{setting} is not set")
    known = (address.module, address.token, pin)
    if danger := _danger(token.flags, _taken.get(known), setting):
        raise PinRefused(f"the token {address.token} {danger}")
    try:
        opened = token.open(user_pin=pin)
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinExpired, pkcs11.PinLocked):
        _taken[known] = False
        raise PinRefused(f"the token {address.token} {_danger(0, False, setting)}") from None
    _taken[known] = True
    return opened


def _danger(flags: int, taken: bool | None, setting: str) -> str:
    """Why a PIN is not to be tried, by what the token said to it before and by its flags (CK_TOKEN_INFO), or nothing."""
    from pkcs11 import TokenFlag

    if flags & TokenFlag.USER_PIN_LOCKED:
        return "has locked its PIN after too many wrong ones; its security officer can set a new one"
    reset = "log in to it once with another program (`pkcs11-tool --login --list-objects`), and start again"
    if taken is False:
        return f"does not take {setting}, and is not asked again lest it lock. Correct {setting}, {reset}"
    # A PIN that was right a moment ago sets the count back when somebody else mistyped theirs.
    if flags & TokenFlag.USER_PIN_FINAL_TRY or (flags & TokenFlag.USER_PIN_COUNT_LOW and not taken):
        return f"was given a wrong PIN and may lock at the next. Look at {setting}, {reset}"
    return ""
