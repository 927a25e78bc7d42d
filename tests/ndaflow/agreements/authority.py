"""A timestamp authority for the tests: real RFC 3161 responses over HTTP on loopback, and many invalid ones."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo

import pytest
from asn1crypto import algos, cms, core, tsp
from asn1crypto import keys as asn1_keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.utils import timezone
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator import context

from ndaflow.agreements.sealing.seal import as_asn1

REPLY = "application/timestamp-reply"
LIFE = timedelta(days=3650)
OTHER_WORDS = ("with surplus", "by key id", "with its algorithms signed", "with PSS")


class Authority:
    """A root, an issuer, a timestamping certificate that is valid until `ends`, and responses to requests."""

    def __init__(self, ends: timedelta = LIFE) -> None:
        self._root_key, issuer_key, self._key = (rsa.generate_private_key(65537, 2048) for _ in range(3))
        self.root = _certificate("Test timestamp root", self._root_key, None, self._root_key)
        self.issuer = _certificate("Test timestamp issuer", issuer_key, self.root, self._root_key, ca=True)
        own = _certificate("Test timestamps", self._key, self.issuer, issuer_key, ends=ends)
        secret = self._key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._stamper = DummyTimeStamper(
            tsa_cert=as_asn1(own),
            tsa_key=asn1_keys.PrivateKeyInfo.load(secret),
            certs_to_embed=[as_asn1(self.issuer)],  # type: ignore[arg-type]
        )

    def answer(self, query: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return self._stamper.request_tsa_response(query)

    def answer_in_other_words(self, query: tsp.TimeStampReq, how: str) -> tsp.TimeStampResp:
        """An equally valid response in another encoding, as other authorities send it."""
        answer = self.answer(query)
        signed = answer["time_stamp_token"]["content"]
        only = signed["signer_infos"][0]
        match how:
            case "with surplus":
                for algorithm in (signed["digest_algorithms"][0], only["digest_algorithm"]):
                    del algorithm["parameters"]
                signed["certificates"] = [*signed["certificates"], as_asn1(self.root)]
                only["unsigned_attrs"] = [{"type": "signing_time", "values": [cms.Time({"utc_time": timezone.now()})]}]
            case "by key id":
                own = next(choice.chosen for choice in signed["certificates"] if not choice.chosen.ca)
                only["sid"] = cms.SignerIdentifier("subject_key_identifier", own.key_identifier)
                only["version"] = "v3"
            case "with its algorithms signed":
                protected = {name: only[name] for name in ("digest_algorithm", "signature_algorithm")}
                said = {"type": "cms_algorithm_protection", "values": [protected]}
                only["signed_attrs"] = [*only["signed_attrs"], said]
                only["signature"] = self._signed(only, padding.PKCS1v15())
            case "with PSS":
                sha256 = {"algorithm": "sha256"}
                masked = {"algorithm": "mgf1", "parameters": sha256}
                how_long = {"hash_algorithm": sha256, "mask_gen_algorithm": masked, "salt_length": 32}
                only["signature_algorithm"] = algos.SignedDigestAlgorithm(
                    {"algorithm": "rsassa_pss", "parameters": algos.RSASSAPSSParams(how_long)}
                )
                only["signature"] = self._signed(only, padding.PSS(padding.MGF1(hashes.SHA256()), 32))
        return answer

    def _signed(self, signer: cms.SignerInfo, pad: padding.AsymmetricPadding) -> bytes:
        return self._key.sign(signer["signed_attrs"].untag().dump(), pad, hashes.SHA256())


class Server(http.server.ThreadingHTTPServer):
    """`mood` selects the response: a good one, or one of the kinds in `_Handler.do_POST`."""

    mood = "well"
    asked = 0

    def __init__(self, authority: Authority) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.authority = authority
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/tsa"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        server = self.server
        server.asked += 1
        query = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
        match server.mood:
            case "hang":
                server.released.wait(30)
                return
            case "drip":
                # A byte now and then prevents a timeout that counts per read.
                self.send_response(200)
                self.send_header("Content-Type", REPLY)
                self.end_headers()
                while not server.released.wait(0.1):
                    self.wfile.write(b"0")
                return
            case "error":
                return self._say(503, b"busy")
            case "elsewhere":
                return self._say(307, b"", location=server.url.replace("/tsa", "/other"))
            case "garbage":
                return self._say(200, b"\x30\x82\xff\xff not DER")
            case "page":
                return self._say(200, b"<h1>Welcome</h1>", kind="text/html")
            case "endless":
                return self._say(200, b"0" * 200_000)
            case "refusal":
                status = tsp.PKIStatusInfo({"status": "rejection", "status_string": ["no quota"]})
                refusal = core.SequenceOf([status], spec=tsp.PKIStatusInfo)
                return self._say(200, refusal.dump())
            case "wrong nonce":
                query["nonce"] = 4711
            case "no nonce":
                del query["nonce"]
            case "wrong imprint":
                query["message_imprint"]["hashed_message"] = b"\1" * 32
            case how if how in OTHER_WORDS:
                return self._say(200, server.authority.answer_in_other_words(query, how).dump())
        return self._say(200, server.authority.answer(query).dump())

    def _say(self, status: int, body: bytes, kind: str = REPLY, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass


@contextmanager
def serving(authority: Authority) -> Iterator[Server]:
    with Server(authority) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
            thread.join()


def clock(monkeypatch: pytest.MonkeyPatch, off: timedelta) -> None:
    """Checks certificates as if it were later by `off`; new signatures have the current time."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + off

    monkeypatch.setattr(context, "datetime", Clock)


def _certificate(
    name: str,
    key: rsa.RSAPrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: rsa.RSAPrivateKey,
    *,
    ca: bool = False,
    ends: timedelta = LIFE,
) -> x509.Certificate:
    now, ca = timezone.now(), ca or issuer is None
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(not ca, not ca, False, False, False, ca, ca, False, False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(issuer_key, hashes.SHA256())
