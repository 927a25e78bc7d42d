"""The evidence of a signature as canonical JSON: the exact text, what the signer typed, and the circumstances."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

# The sentences that the signer accepts. They are evidence, kept with each signature, so they are not translated;
# a change here affects later signatures only.
CONSENT = "I have read this agreement and agree to it. I sign it electronically: my typed name is my signature."
AUTHORITY = "I am authorized to sign this agreement for the legal entity that I have named."


@dataclass(frozen=True, kw_only=True)
class Assent:
    """What the signer typed and accepted."""

    typed_name: str
    title: str
    entity: str


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What the server knows itself. Nothing here comes from the form, which a client can forge."""

    address: str
    user_agent: str
    session_hash: str
    proven_by: str
    proven_at: datetime | None


def digest(text: str) -> str:
    """SHA-256 of the exact UTF-8 bytes, lower-case hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def evidence(
    *,
    signature_id: str,
    request_id: str | None,
    signer_id: str,
    email: str,
    agreement: str,
    version: int,
    text_sha256: str,
    template_sha256: str,
    fields: Mapping[str, Mapping[str, str]],
    scope: str,
    operator: str,
    assent: Assent,
    circumstances: Circumstances,
    signed_at: datetime,
) -> str:
    """The canonical JSON of a signature; the log's record has its SHA-256.

    `text_sha256` is of the text that the signer was shown. Where a version's fields were filled for it, `fields` are their
    values, and `template_sha256` is of the version. Times are UTC to the microsecond. The signed copy prints them the same way, so that its reader can compute the same
    hash.
    """
    circumstances_json = asdict(circumstances) | {
        "proven_at": utc_text(circumstances.proven_at) if circumstances.proven_at else None
    }
    return json.dumps(
        {
            "signature": signature_id,
            "request": request_id,
            "signer": signer_id,
            "email": email,
            "agreement": agreement,
            "version": version,
            "text_sha256": text_sha256,
            **({"template_sha256": template_sha256, **fields} if fields else {}),
            "consent": CONSENT,
            "consent_sha256": digest(CONSENT),
            "authority": AUTHORITY,
            "authority_sha256": digest(AUTHORITY),
            "scope": scope,
            "operator": operator,
            "signed_at": utc_text(signed_at),
            **asdict(assent),
            **circumstances_json,
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )


def utc_text(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
