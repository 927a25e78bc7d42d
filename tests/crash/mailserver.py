"""A mail server on loopback that stores every mail. It implements the part of SMTP (RFC 5321) that Django's backend uses."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

CODE = re.compile(r"^ {4}([A-Z]{4}-[A-Z]{4})\s*$", re.MULTILINE)


@dataclass
class Inbox:
    """Every accepted mail, in the order of arrival. The server's threads add mails; the simulated people read them."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def accept(self, content: bytes) -> None:
        mail = message_from_bytes(content, policy=policy.default)
        with self.lock:
            self.mails.append(mail)

    def codes(self, address: str) -> list[str]:
        """The sign-in codes mailed to that address, oldest first."""
        with self.lock:
            theirs = [mail for mail in self.mails if mail["To"] == address]
        bodies = [mail.get_body(("plain",)) for mail in theirs]
        return [found[1] for body in bodies if body and (found := CODE.search(body.get_content()))]

    def handed_over(self) -> list[dict[str, object]]:
        """Message-ID, recipient, text and number of attachments of each mail."""
        with self.lock:
            return [
                {
                    "message_id": mail["Message-ID"],
                    "to": mail["To"],
                    "text": body.get_content() if (body := mail.get_body(("plain",))) else "",
                    "attachments": [len(part.get_content()) for part in mail.iter_attachments()],
                }
                for mail in self.mails
            ]


class _Session(socketserver.StreamRequestHandler):
    inbox: Inbox

    def handle(self) -> None:
        self._say("220 inbox")
        while line := self.rfile.readline():
            match line[:4].upper().strip():
                case b"EHLO" | b"HELO":
                    self._say("250 inbox")
                case b"DATA":
                    self._say("354 go on")
                    # An incomplete mail was not accepted: the server never answered 250.
                    if (content := self._content()) is None:
                        return
                    self.inbox.accept(content)
                    self._say("250 kept")
                case b"QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 ok")

    def _content(self) -> bytes | None:
        lines = []
        while line := self.rfile.readline():
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return None

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Does nothing: these tests kill the client on purpose."""


@contextmanager
def listening() -> Iterator[Inbox]:
    """A mail server on a free port of 127.0.0.1, for the `with` block."""
    inbox = Inbox()
    session = type("Session", (_Session,), {"inbox": inbox})
    with _Server(("127.0.0.1", 0), session) as server:
        inbox.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield inbox
        server.shutdown()
