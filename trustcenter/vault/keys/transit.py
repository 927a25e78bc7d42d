"""A key in the transit engine of HashiCorp Vault or OpenBao, reached with that product's `VAULT_ADDR` and `VAULT_TOKEN`.

Source: https://developer.hashicorp.com/vault/api-docs/secret/transit (encrypt, decrypt; `associated_data`).
"""

import json
import os
import urllib.error
import urllib.request
from base64 import b64decode, b64encode
from typing import Any
from urllib.parse import quote

from trustcenter.vault.clients.errors import KeyMissing, KeyRefused, KeyUnreachable

TIMEOUT = 5


class TransitKey:
    """`key` is the name of a key below the mount `transit`, or `mount/name`."""

    def __init__(self, key: str) -> None:
        self.name = f"vault-transit:{key}"
        mount, _slash, name = key.rpartition("/")
        address, self._token = os.environ.get("VAULT_ADDR", ""), os.environ.get("VAULT_TOKEN", "")
        if not address.startswith(("https://", "http://")) or not self._token or not name:
            raise KeyMissing(f"{self.name} needs VAULT_ADDR, VAULT_TOKEN and the name of a key: vault-transit:KEY")
        self._url = f"{address.rstrip('/')}/v1/{quote(mount or 'transit')}/%s/{quote(name)}"

    def wrap(self, key: bytes, context: bytes) -> bytes:
        return str(self._call("encrypt", plaintext=_text(key), associated_data=_text(context))["ciphertext"]).encode()

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        try:
            ciphertext = wrapped.decode()
        except UnicodeDecodeError:
            raise KeyRefused(f"{self.name} did not wrap this file's key") from None
        answer = self._call("decrypt", ciphertext=ciphertext, associated_data=_text(context))
        return b64decode(answer["plaintext"])

    def _call(self, operation: str, **arguments: str) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310  (the scheme was checked above)
            self._url % operation, json.dumps(arguments).encode(), {"X-Vault-Token": self._token}
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                data: dict[str, Any] = json.load(answer)["data"]
                return data
        except urllib.error.HTTPError as error:
            kind = {400: KeyRefused, 403: KeyMissing, 404: KeyMissing}.get(error.code, KeyUnreachable)
            raise kind(f"{self.name} answers {error.code} {error.reason}") from error
        except (OSError, ValueError, KeyError) as error:
            raise KeyUnreachable(f"{self.name} does not answer: {error}") from error


def provider(key: str) -> TransitKey:
    return TransitKey(key)


def _text(data: bytes) -> str:
    return b64encode(data).decode()
