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
DESK_REQUEST = re.compile(r"/desk/requests/([0-9a-z]{16})/")
STAFF_ROW = r"{email}</td>\s*<td[^>]*><code>([^<]+)</code></td>\s*<td[^>]*><code>(\d{{6}})</code>"
READY = re.compile(r'href="(/desk/documents/[^/"]+/versions/\d+/)"')
GATED = re.compile(r'href="(/desk/documents/[^/"]+/upload/)"')
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

    def tell(self, step: str, who: str, about: str) -> None:
        self.told.steps.append((step, who, about))


class Prospect(Person):
    """Requests, types the code, signs, waits, downloads, requests again, withdraws; then starts again as another person."""

    def __init__(self, number: int, port: int, inbox: Inbox, told: Told, stop: threading.Event, seed: int) -> None:
        super().__init__(port, f"10.1.{number}.1", told, stop, random.Random(f"{seed} prospect {number}"))
        self.number, self.inbox, self.lives = number, inbox, 0

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
        id = path.split("/")[2]
        for _look in range(LOOKS):
            page = self.persist(lambda: self.browser.get(path))
            if page.status != 200:
                return "lost"
            if f'href="{path}sign/nda/"' in page.text:
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


class Staff(Person):
    """A person who signs in with a password and a second factor, both from the demo's mailbox."""

    def __init__(self, email: str, port: int, told: Told, stop: threading.Event, seed: int) -> None:
        super().__init__(port, f"10.251.0.{len(email)}", told, stop, random.Random(f"{seed} {email}"))
        self.email = email

    def sign_in(self) -> None:
        """Signs in before anything is killed. Raises RuntimeError if that fails."""
        page = self.browser.get("/accounts/login/")
        form = page.form("/accounts/login/")
        found = re.search(STAFF_ROW.format(email=re.escape(self.email)), self.browser.get("/mailbox/").text)
        if form is None or found is None:
            raise RuntimeError(f"{self.email} finds no way in: {page.status} {self.browser.errors} {page.text[:2000]}")
        form.fields |= {"login": [self.email], "password": [found[1]]}
        page = self.browser.follow(self.browser.post("/accounts/login/", form.fields))
        form = page.form("/accounts/2fa/authenticate/") or next(iter(f for f in page.forms if "code" in f.fields), None)
        if form is None:
            raise RuntimeError(f"{self.email} was not asked for a second factor")
        # A code read in the last second of its half minute has expired when it arrives; the next one has not.
        for _attempt in range(2):
            found = re.search(STAFF_ROW.format(email=re.escape(self.email)), self.browser.get("/mailbox/").text)
            form.fields["code"] = [found[2] if found else ""]
            if self.browser.post("/accounts/2fa/authenticate/", form.fields).status == 302:
                return
        raise RuntimeError(f"{self.email} could not sign in")


class Approver(Staff):
    """Decides open requests: mostly approves, sometimes denies or asks first, and now and then revokes a grant."""

    def live(self) -> None:
        revoking = self.chance.random() < 0.1
        page = self.browser.get("/desk/?status=granted" if revoking else "/desk/")
        ids = list(dict.fromkeys(DESK_REQUEST.findall(page.text)))
        self.chance.shuffle(ids)
        for id in ids[: 1 if revoking else 6]:
            if self.stop.is_set():
                return
            path = f"/desk/requests/{id}/"
            page = self.browser.get(path)
            if revoking:
                self._say(page, id, f"{path}revoke/", "reason", "No longer a customer.", "revoked", "Revoked. Nothing")
            elif self.chance.random() < 0.08:
                self._say(page, id, f"{path}ask/", "text", "Which product is it for?", "asked", "Asked. The request")
            elif self.chance.random() < 0.08:
                self._say(
                    page, id, f"{path}deny/", "reason", "We do not know you.", "denied", "Saved. Everything is denied"
                )
            else:
                self._decide(page, id, path)
        self.pause(0.3)

    def _decide(self, page: Page, id: str, path: str) -> None:
        form = page.form(f"{path}approve/")
        if form is None:
            return
        # Nothing is preselected: every document that needs an end date gets one here.
        ends = [name for name in form.fields if name.endswith("-until")]
        form.fields |= {name.replace("-until", "-verdict"): ["approve"] for name in ends}
        form.fields |= {"despite": ["Known to us."]} if "despite" in form.fields else {}
        said = self.browser.follow(self.browser.post(f"{path}approve/", form.fields))
        if "Saved. The approved documents are open" in said.text or "Saved. Still needed" in said.text:
            self.tell("decided", self.email, id)

    def _say(self, page: Page, id: str, path: str, field: str, words: str, step: str, done: str) -> None:
        if (form := page.form(path)) is None:
            return
        form.fields[field] = [words]
        if done in unescape(self.browser.follow(self.browser.post(path, form.fields)).text):
            self.tell(step, self.email, id)


class Editor(Staff):
    """Uploads new versions, small and large good files and some that have to be refused, and publishes what is ready."""

    def __init__(self, *arguments: object, files: list[bytes]) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.files = files

    def live(self) -> None:
        desk = self.browser.get("/desk/documents/").text
        for path in dict.fromkeys(READY.findall(desk)):
            self._publish(path)
        path = self.chance.choice(list(dict.fromkeys(GATED.findall(desk))))
        form = self.browser.get(path).form(path)
        if form is not None:
            page = self.browser.upload(
                path, form.fields["csrfmiddlewaretoken"][0], "report.pdf", self.chance.choice(self.files)
            )
            if found := re.search(
                r"Version (\d+) of .{1,200}? is being checked", unescape(self.browser.follow(page).text)
            ):
                self.tell("uploaded", path.split("/")[3], found[1])
        self.pause(2)

    def _publish(self, path: str) -> None:
        if (form := self.browser.get(path).form(f"{path}publish/")) is None:
            return
        said = self.browser.follow(self.browser.post(form.action, form.fields))
        if "Published. Readers get version" in said.text:
            slug, number = path.split("/")[3], path.split("/")[5]
            self.tell("published", slug, number)
