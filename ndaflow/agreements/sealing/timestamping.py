"""Gets a token from a timestamp server (RFC 3161), within a time and from that server only."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

import aiohttp
from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import CertificateValidator, ValidationContext

from ndaflow.agreements.sealing.der import plain_timestamp

# A token with its authority's whole chain has about 6 KB.
LARGEST = 64 * 1024
REPLY = "application/timestamp-reply"
HEADERS = {"Content-Type": "application/timestamp-query", "Accept": REPLY}


class _Response(core.Sequence):  # type: ignore[misc]  # asn1crypto ships no types
    """RFC 3161, 2.4.2. A refusal has no token."""

    _fields = [("status", tsp.PKIStatusInfo), ("token", cms.ContentInfo, {"optional": True})]


class NoTimestamp(Exception):
    """The server gave no usable token. The text says why, for the operator."""


class TimestampServer(TimeStamper):
    """One server, and the roots that its timestamps must lead to.

    It follows no redirect, uses no proxy, and waits `seconds` in all.
    """

    def __init__(self, url: str, roots: Sequence[x509.Certificate], seconds: float) -> None:
        super().__init__(include_nonce=True)  # type: ignore[no-untyped-call]  # pyHanko has no types here
        self.url, self.seconds = url, seconds
        self.roots = [asn1.Certificate.load(one.public_bytes(serialization.Encoding.DER)) for one in roots]

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        nonce, query = self.request_cms(message_digest, md_algorithm)  # type: ignore[no-untyped-call]  # as above
        answer = await self._ask(query.dump())
        try:
            return await _normalised(_token_in(answer, nonce, message_digest), self.roots)
        except NoTimestamp as refusal:
            raise NoTimestamp(f"the timestamp server {self._name()} {refusal}") from refusal.__cause__
        except Exception as error:
            # Parsers raise many exceptions for bytes that are not an answer; all mean the same.
            raise NoTimestamp(f"the timestamp server {self._name()} sent something other than a token") from error

    async def _ask(self, query: bytes) -> bytes:
        try:
            async with (
                asyncio.timeout(self.seconds),
                aiohttp.ClientSession(trust_env=False) as session,
                session.post(self.url, data=query, headers=HEADERS, allow_redirects=False) as response,
            ):
                if response.status != 200:
                    raise NoTimestamp(f"the timestamp server {self._name()} answered {response.status}")
                if response.content_type != REPLY:
                    raise NoTimestamp(
                        f"the timestamp server {self._name()} sent {response.content_type!r} instead of {REPLY!r}"
                    )
                answer = b""
                async for chunk in response.content.iter_chunked(LARGEST):
                    answer += chunk
                    if len(answer) > LARGEST:
                        raise NoTimestamp(f"the timestamp server {self._name()} sent more than {LARGEST} bytes")
                return answer
        except TimeoutError:
            raise NoTimestamp(f"the timestamp server {self._name()} did not answer within {self.seconds:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise NoTimestamp(f"the timestamp server {self._name()} cannot be reached: {error}") from error

    def _name(self) -> str:
        # The address may carry a customer's password.
        return urlsplit(self.url).hostname or "without a host"


def _token_in(answer: bytes, nonce: int, digest: bytes) -> cms.ContentInfo:
    """The token, if it answers this request. Raises NoTimestamp, and any exception for bytes that are no answer."""
    response = _Response.load(answer, strict=True)
    status = response["status"]
    if status["status"].native not in {"granted", "granted_with_mods"}:
        words = "; ".join(status["status_string"].native or []) or str(status["fail_info"].native or "no reason")
        raise NoTimestamp(f"refused: {words[:200]}")
    token = response["token"]
    stamped = token["content"]["encap_content_info"]["content"].parsed
    if stamped["nonce"].native != nonce:
        raise NoTimestamp("answered another request (nonce)")
    if stamped["message_imprint"]["hashed_message"].native != digest:
        raise NoTimestamp("stamped something else (message imprint)")
    return token


async def _normalised(token: cms.ContentInfo, roots: Sequence[asn1.Certificate]) -> cms.ContentInfo:
    """The token in the one encoding that verification accepts. Raises NoTimestamp.

    Authorities add unneeded certificates and encode algorithms in several ways. No signature covers any of that, so a
    changed byte in it would pass.
    """
    signed = token["content"]
    brought = extract_certificate_info(signed)
    trusting = ValidationContext(trust_roots=list(roots), other_certs=brought.other_certs, allow_fetching=False)
    validator = CertificateValidator(brought.signer_cert, brought.other_certs, validation_context=trusting)
    try:
        path = await validator.async_validate_usage(set(), {"time_stamping"})
    except Exception as error:
        raise NoTimestamp("signs with a certificate that does not lead to TIMESTAMP_ROOTS") from error
    return plain_timestamp(signed, brought.signer_cert, path)
