"""Simulated people. After a broken connection, each of them loads the page again and retries."""

import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from html import unescape

from tests.crash.browser import Browser, ConnectionBroke, Download, Page
from tests.crash.mailserver import Inbox

REQUEST = re.compile(r"^/access/([0-9a-z]{16})/$")
LOOKS, CODE_SECONDS = 40, 20


@dataclass
class Told:
    """What the site told people and what they received, to be checked afterwards."""

    # [step, person, request or document]; a step counts once its page confirmed it.
    steps: list[tuple[str, str, str]] = field(default_factory=list)
    # [reader, copy code, SHA-256, whole]
    copies: list[tuple[str, str, str, bool]] = field(default_factory=list)
    # Readers of downloads that broke before the first byte.
    lost_copies: list[str] = field(default_factory=list)
    broken: int = 0

    def as_json(self) -> dict[str, object]:
        return asdict(self)


class Person:
    """Somebody with a browser, until `stop` is set."""

    def __init__(self, port: int, address: str, told: Told, stop: threading.Event, chance: random.Random) -> None:
        self.port, self.told, self.stop, self.chance = port, told, stop, chance
        self.address = address
        self.browser = Browser(port, address)
        self.served, self.errors = 0, list[str]()
        self.failure: BaseException | None = None

    def run(self) -> None:
        """Runs until stopped. An error in this code is stored for the report."""
        try:
            while not self.stop.is_set():
                try:
                    self.live()
                except ConnectionBroke:
                    self.told.broken += 1
                    self.pause(0.3)
        except BaseException as failure:
            self.failure = failure
        finally:
            self.leave()

    def live(self) -> None:
        raise NotImplementedError

    def leave(self) -> None:
        self.served += self.browser.served
        self.errors += self.browser.errors

    def pause(self, seconds: float) -> None:
        self.stop.wait(seconds * self.chance.uniform(0.5, 1.5))

    def persist(self, step: Callable[[], Page]) -> Page:
        """Repeats the action until there is a response, like a person who presses the button again."""
        while True:
            try:
                return step()
            except ConnectionBroke:
                self.told.broken += 1
                if self.stop.is_set():
                    raise
                self.pause(0.3)

    def press(self, path: str, fields: dict[str, list[str]]) -> tuple[str, str]:
        """Sends a form. Returns the address that it leads to, and what the page there says."""
        page = self.browser.post(path, fields)
        return page.location, unescape(self.browser.follow(page).text)

    def tell(self, step: str, who: str, about: str) -> None:
        self.told.steps.append((step, who, about))


class Prospect(Person):
    """Requests, types the code, signs or uploads a paper, waits, downloads, requests again, withdraws, asks for erasure;
    then starts again as another person of the same company."""

    def __init__(
        self, number: int, port: int, inbox: Inbox, told: Told, stop: threading.Event, seed: int, paper: bytes
    ) -> None:
        super().__init__(port, f"10.1.{number}.1", told, stop, random.Random(f"{seed} prospect {number}"))
        self.number, self.inbox, self.lives, self.paper = number, inbox, 0, paper

    def live(self) -> None:
        self.lives += 1
        self.leave()
        self.browser = Browser(self.port, f"10.{self.lives % 250}.{self.number}.1")
        self.email = f"reader{self.number}-{self.lives}@company{self.number}.example"
        path = self._open_request()
        for _again in range(3):
            if not path or self.stop.is_set():
                return
            if self._follow(path) == "withdrawn" and self.chance.random() < 0.5:
                return
            if self.chance.random() < 0.35:
                # Sometimes at the end, and sometimes with a request that is decided meanwhile.
                path = self._ask_again() if self.chance.random() < 0.5 else ""
                return self._ask_to_be_erased()
            path = self._ask_again()

    def _open_request(self) -> str:
        """Requests and types the code. Returns the path of the request, or nothing if that failed."""
        page = self.persist(lambda: self.browser.get("/access/"))
        form = page.form("/access/")
        slugs = [value for name, value in page.boxes if name == "documents"]
        if form is None or not slugs:
            return ""
        form.fields |= {
            "documents": self.chance.sample(slugs, self.chance.randint(1, min(2, len(slugs)))),
            "email": [self.email],
            "name": [f"Reader {self.number}"],
            "company_name": [f"Company {self.number}"],
            "reason": ["Our yearly review."],
        }
        known = len(self.inbox.codes(self.email))
        page = self.persist(lambda: self.browser.post("/access/", form.fields))
        if page.status != 302 or not (code := self._code(known)):
            return ""
        page = self.persist(lambda: self.browser.get("/accounts/login/code/confirm/"))
        if (form := page.form("/accounts/login/code/confirm/")) is None:
            return ""
        form.fields["code"] = [code]
        page = self.persist(lambda: self.browser.post("/accounts/login/code/confirm/", form.fields))
        if REQUEST.match(page.location):
            self._opened(page.location)
            return page.location
        # The response may have been lost: "My access" shows the request.
        page = self.persist(lambda: self.browser.get("/my/"))
        found = re.search(r'href="(/access/[0-9a-z]{16}/)"', page.text)
        return found[1] if found else ""

    def _code(self, known: int) -> str:
        deadline = time.monotonic() + CODE_SECONDS
        while time.monotonic() < deadline and not self.stop.is_set():
            if len(codes := self.inbox.codes(self.email)) > known:
                return codes[-1]
            self.pause(0.2)
        return ""

    def _opened(self, path: str) -> None:
        found = REQUEST.match(path)
        self.tell("opened", self.email, found[1] if found else "")

    def _follow(self, path: str) -> str:
        """Follows the request's page until the request ends; returns how it ended."""
        id, waits_for_legal = path.split("/")[2], self.chance.random() < 0.25 and self._upload_paper(path)
        for look in range(LOOKS):
            page = self.persist(lambda: self.browser.get(path))
            if page.status != 200:
                return "lost"
            if f'href="{path}sign/nda/"' in page.text and not (waits_for_legal and look < LOOKS // 2):
                self._sign(path, id)
            elif form := page.form(f"{path}answer/"):
                form.fields["text"] = ["For our product in Europe."]
                if "We have your answer" in self._press(f"{path}answer/", form.fields):
                    self.tell("answered", self.email, id)
            elif downloads := [form for form in page.forms if form.action.endswith("/download/")]:
                for form in downloads:
                    self._download(form.action, form.fields)
                return "granted"
            elif (form := page.form(f"{path}withdraw/")) is None:
                return "closed"
            elif self.chance.random() < 0.02:
                if "Request withdrawn." in self._press(f"{path}withdraw/", form.fields):
                    self.tell("withdrawn", self.email, id)
                return "withdrawn"
            else:
                self.pause(0.5)
            if self.stop.is_set():
                break
        return "tired"

    def _upload_paper(self, path: str) -> bool:
        """Uploads a text with changes in place of a signature. False if the request needs none, or that failed."""
        page = self.persist(lambda: self.browser.get(f"{path}paper/"))
        if (form := page.form(f"{path}paper/")) is None:
            return False
        form.fields |= {"kind": ["redline"], "note": ["We changed section 9."]}
        done = self.persist(lambda: self.browser.upload(f"{path}paper/", form.fields, "changed.pdf", self.paper))
        said = unescape(self.persist(lambda: self.browser.follow(done)).text)
        if "We have your paper." in said:
            self.tell("paper uploaded", self.email, path.split("/")[2])
        return True

    def _ask_to_be_erased(self) -> None:
        page = self.persist(lambda: self.browser.get("/my/data/"))
        if (form := page.form("/my/data/erase/")) is not None:
            said = self._press(form.action, form.fields | {"understood": ["on"]})
            if "We have your request. Until we answer" in said:
                self.tell("erasure asked", self.email, self.email)

    def _press(self, path: str, fields: dict[str, list[str]]) -> str:
        page = self.persist(lambda: self.browser.post(path, fields))
        return unescape(self.persist(lambda: self.browser.follow(page)).text)

    def _sign(self, path: str, id: str) -> None:
        page = self.persist(lambda: self.browser.get(f"{path}sign/nda/"))
        if (form := page.form(f"{path}sign/nda/")) is None:
            return
        form.fields |= {
            "typed_name": [f"Reader {self.number}"],
            "title": ["CISO"],
            "entity": [f"Company {self.number}, Inc."],
            "authority": ["on"],
            "consent": ["on"],
        }
        said = self._press(f"{path}sign/nda/", form.fields)
        if "Signed. We are sealing" in said:
            self.tell("signed", self.email, id)

    def _download(self, path: str, fields: dict[str, list[str]]) -> None:
        try:
            copy = self.browser.download(path, fields)
        except ConnectionBroke:
            self.told.broken += 1
            self.told.lost_copies.append(self.email)
            return
        if isinstance(copy, Download):
            self.told.copies.append((self.email, copy.code, copy.sha256, copy.whole))

    def _ask_again(self) -> str:
        """Requests as a signed-in person, without a code."""
        page = self.persist(lambda: self.browser.get("/access/"))
        form = page.form("/access/")
        if form is None or "email" in form.fields:
            return ""
        slugs = [value for name, value in page.boxes if name == "documents"]
        form.fields |= {"documents": [self.chance.choice(slugs)], "reason": ["Once more."]}
        form.fields |= {"name": [f"Reader {self.number}"], "company_name": [f"Company {self.number}"]}
        page = self.persist(lambda: self.browser.post("/access/", form.fields))
        if not REQUEST.match(page.location):
            return ""
        self._opened(page.location)
        return page.location
