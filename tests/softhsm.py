"""SoftHSM tokens in a temporary folder. A process reads SoftHSM's configuration once, so all its tests share it."""

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pkcs11
import pytest

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "7531"


def token(label: str) -> Any:
    """A new, empty token with that label."""
    if "SOFTHSM2_CONF" not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="trustcenter-softhsm-"))
        (folder / "tokens").mkdir()
        (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
        os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "9999"],
        check=True,
        capture_output=True,
    )
    library = pkcs11.lib(MODULE)
    # Tokens created by another process are only visible after this.
    library.reinitialize()
    return library.get_token(token_label=label)


def logins(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The PINs that tokens receive from now on, one entry per attempt."""
    given: list[str] = []
    load = pkcs11.lib

    class Library:
        def __init__(self, path: str) -> None:
            self.path = path

        def get_token(self, **words: str) -> Any:
            return Token(load(self.path).get_token(**words))

    class Token:
        def __init__(self, token: Any) -> None:
            self.token, self.flags = token, token.flags

        def open(self, **words: str) -> Any:
            given.append(words["user_pin"])
            return self.token.open(**words)

    monkeypatch.setattr(pkcs11, "lib", Library)
    return given
