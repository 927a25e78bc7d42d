"""The sealer. It imports little, because processes that never seal also check the settings with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509

from ndaflow.agreements.sealing.keys import SealKey

SECONDS = 15.0


@dataclass(frozen=True)
class Timestamps:
    """A timestamp server (RFC 3161), the roots that its timestamps must lead to, and how long to wait."""

    url: str
    roots: Sequence[x509.Certificate]
    seconds: float = SECONDS


@dataclass(frozen=True, kw_only=True)
class Sealer:
    """The key, its certificate with the issuers after it, and the timestamp server, if one is set."""

    key: SealKey
    chain: Sequence[x509.Certificate]
    timestamps: Timestamps | None = None

    @property
    def level(self) -> str:
        return "B-T" if self.timestamps else "B-B"
