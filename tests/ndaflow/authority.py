"""A timestamp authority of our own: real RFC 3161 answers over HTTP on loopback, and every way to misbehave."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from asn1crypto import core, tsp
from asn1crypto import keys as asn1_keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.utils import timezone
from pyhanko.sign.timestamps import DummyTimeStamper

from ndaflow.sealing.press import as_asn1

REPLY = "application/timestamp-reply"


class Authority:
    """A root, a timestamping certificate under it, and answers to requests."""

    def __init__(self) -> None:
        self._root_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.root = _certificate("Test timestamp root", self._root_key, None, self._root_key)
        own = _certificate("Test timestamps", self._key, self.root, self._root_key)
        secret = self._key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._stamper = DummyTimeStamper(tsa_cert=as_asn1(own), tsa_key=asn1_keys.PrivateKeyInfo.load(secret))

    def answer(self, query: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return self._stamper.request_tsa_response(query)


class Server(http.server.ThreadingHTTPServer):
    """`mood` is how it answers: well, or one of the words in `_Handler.do_POST`."""

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
                # A byte now and then keeps a clock per read from ever ringing.
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


def _certificate(
    name: str, key: rsa.RSAPrivateKey, issuer: x509.Certificate | None, issuer_key: rsa.RSAPrivateKey
) -> x509.Certificate:
    now, root = timezone.now(), issuer is None
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(not root, not root, False, False, False, root, root, False, False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not root:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(issuer_key, hashes.SHA256())
