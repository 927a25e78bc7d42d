"""The SHA-256 of a marked copy, computed only for the part in which copies differ."""

import hashlib
from typing import Any

# The hash of a reading copy's bytes up to its mark, which are the same for every reader, as this process computed it.
# It stays valid because a stored file never changes: the vault returns what was stored under its id, or nothing.
_before_mark: dict[tuple[str, int], Any] = {}
KEPT = 64


class CopyDigest:
    """Computes the SHA-256 of one marked copy while it is sent, chunk by chunk and in order.

    `stored_id` is the id of the reading copy and `mark_offset` the first byte that differs between readers. Up to there,
    it continues the hash of an earlier copy.
    """

    def __init__(self, stored_id: str, mark_offset: int) -> None:
        self._key = stored_id, mark_offset
        self._offset = mark_offset
        self._position = 0
        known = _before_mark.get(self._key)
        self._counted = known is not None
        self._sha256 = known.copy() if known is not None else hashlib.sha256()

    def update(self, chunk: bytes) -> None:
        cut = min(max(self._offset - self._position, 0), len(chunk))
        self._position += len(chunk)
        whole = memoryview(chunk)
        if not self._counted:
            self._sha256.update(whole[:cut])
            if self._position >= self._offset:
                self._counted = True
                self._keep()
        self._sha256.update(whole[cut:])

    def hexdigest(self) -> str:
        return str(self._sha256.hexdigest())

    def _keep(self) -> None:
        while len(_before_mark) >= KEPT:
            _before_mark.pop(next(iter(_before_mark)), None)
        _before_mark[self._key] = self._sha256.copy()
