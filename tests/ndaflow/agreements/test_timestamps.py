"""Timestamps from a real RFC 3161 server on loopback, and bad responses."""

import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import cms

from ndaflow.agreements.sealing import certificates, verification
from ndaflow.agreements.sealing.layout import Flaw
from ndaflow.agreements.sealing.sealer import Timestamps
from ndaflow.agreements.sealing.timestamping import NoTimestamp
from tests.ndaflow.agreements import authority, papers
from tests.ndaflow.agreements.test_seal_verify import blob_in


@pytest.fixture
def server(tsa):
    with authority.serving(tsa) as server:
        yield server


def asking(server: authority.Server, tsa: authority.Authority, seconds: float = 5) -> Timestamps:
    return Timestamps(server.url, [tsa.root], seconds=seconds)


def test_timestamp_is_in_the_seal_and_valid_in_other_tools(server, tsa, key, certificate, tmp_path):
    pdf = papers.sealed(key, certificate, server=asking(server, tsa))
    verdict = verification.verify(pdf, [[certificate]], timestamp_roots=[tsa.root])
    assert verdict.level == "B-T"
    assert server.asked == 1
    said = papers.pdfsig(pdf, tmp_path)
    assert "Signature is Valid" in said and "Total document signed" in said
    # poppler ignores timestamps; OpenSSL checks them.
    assert "Verification: OK" in openssl(pdf, tsa, tmp_path)


@pytest.mark.parametrize("how", authority.OTHER_WORDS)
def test_timestamp_is_normalised_to_one_encoding(server, tsa, key, certificate, tmp_path, how):
    server.mood = how
    pdf = papers.sealed(key, certificate, server=asking(server, tsa))
    assert verification.verify(pdf, [[certificate]], timestamp_roots=[tsa.root]).level == "B-T"
    signed = token_in(pdf)["content"]
    assert len(signed["certificates"]) == 2
    assert signed["signer_infos"][0]["sid"].name == "issuer_and_serial_number"
    # `openssl ts` does not support PSS.
    assert how == "with PSS" or "Verification: OK" in openssl(pdf, tsa, tmp_path)


def token_in(pdf: bytes) -> cms.ContentInfo:
    return cms.ContentInfo.load(blob_in(pdf))["content"]["signer_infos"][0]["unsigned_attrs"][0]["values"][0]


def openssl(pdf: bytes, tsa: authority.Authority, folder: Path) -> str:
    """OpenSSL's verdict on the timestamp in a sealed PDF."""
    signer = cms.ContentInfo.load(blob_in(pdf))["content"]["signer_infos"][0]
    (folder / "token").write_bytes(token_in(pdf).dump())
    (folder / "stamped").write_bytes(signer["signature"].native)
    (folder / "root.pem").write_text(certificates.pem_of([tsa.root]))
    verify = ["openssl", "ts", "-verify", "-token_in", "-in", "token", "-data", "stamped", "-CAfile", "root.pem"]
    checked = subprocess.run(verify, cwd=folder, capture_output=True, text=True, check=False)
    return checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("mood", "why"),
    [
        ("error", "answered 503"),
        ("elsewhere", "answered 307"),
        ("garbage", "something other than a token"),
        ("page", "text/html"),
        ("endless", "more than 65536 bytes"),
        ("refusal", "refused: no quota"),
        ("wrong nonce", "another request"),
        ("no nonce", "another request"),
        ("wrong imprint", "stamped something else"),
    ],
)
def test_bad_response_makes_no_seal(server, tsa, key, certificate, mood, why):
    server.mood = mood
    with pytest.raises(NoTimestamp, match=why):
        papers.sealed(key, certificate, server=asking(server, tsa))
    # No redirect was followed, and there was one request.
    assert server.asked == 1


@pytest.mark.parametrize("mood", ["hang", "drip"])
def test_slow_server_is_given_up(server, tsa, key, certificate, mood):
    server.mood = mood
    started = time.monotonic()
    with pytest.raises(NoTimestamp, match=r"did not answer within 0\.5 s"):
        papers.sealed(key, certificate, server=asking(server, tsa, seconds=0.5))
    assert time.monotonic() - started < 10


def test_unreachable_server_is_named_without_its_password(tsa, key, certificate):
    nowhere = Timestamps("http://user:secret@127.0.0.1:9/tsa", [tsa.root])
    with pytest.raises(NoTimestamp, match=r"127\.0\.0\.1 cannot be reached") as told:
        papers.sealed(key, certificate, server=nowhere)
    assert "secret" not in str(told.value)


def test_timestamp_of_an_unknown_authority_is_refused(server, tsa, key, certificate):
    other = authority.Authority()
    with pytest.raises(NoTimestamp, match="does not lead to TIMESTAMP_ROOTS"):
        papers.sealed(key, certificate, server=Timestamps(server.url, [other.root]))
    pdf = papers.sealed(key, certificate, server=asking(server, tsa))
    for roots in ([other.root], []):
        with pytest.raises(Flaw, match="timestamp"):
            verification.verify(pdf, [[certificate]], timestamp_roots=roots)


def test_timestamp_of_an_expired_authority_is_refused(key, certificate, monkeypatch):
    ended = authority.Authority(ends=timedelta(hours=-1))
    with authority.serving(ended) as server:
        with pytest.raises(NoTimestamp, match="does not lead to TIMESTAMP_ROOTS"):
            papers.sealed(key, certificate, server=asking(server, ended))
        with monkeypatch.context() as earlier:
            authority.clock(earlier, timedelta(hours=-2))
            pdf = papers.sealed(key, certificate, server=asking(server, ended))
    with pytest.raises(Flaw, match="The timestamp is not valid"):
        verification.verify(pdf, [[certificate]], timestamp_roots=[ended.root])
