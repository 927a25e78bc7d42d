"""Simulated colleagues at the desk: approvers and the editor. Legal and the administrator are in `office.py`."""

import random
import re
import threading
from html import unescape

from tests.crash.browser import Page
from tests.crash.people import Person, Told

STAFF_ROW = r"{email}</td>\s*<td[^>]*><code>([^<]+)</code></td>\s*<td[^>]*><code>(\d{{6}})</code>"
DESK_REQUEST = re.compile(r"/desk/requests/([0-9a-z]{16})/")
COMPANY = re.compile(r"/desk/companies/([0-9a-z]{16})/")
GRANT = re.compile(r"/desk/grants/[0-9a-z]{16}/")
READY = re.compile(r'href="(/desk/documents/[^/"]+/versions/\d+/)"')
GATED = re.compile(r'href="(/desk/documents/[^/"]+/upload/)"')


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

    def heard(self, said: str, done: str, step: str, about: str) -> None:
        """Remembers the step if the page says that it is done."""
        if done in said:
            self.tell(step, self.email, about)


class Approver(Staff):
    """Decides open requests, mostly approving; confirms companies and whom signatures cover; extends and revokes; merges
    companies and undoes that."""

    def live(self) -> None:
        if self.chance.random() < 0.15:
            self._merge()
        over = self.chance.random() < 0.35
        page = self.browser.get("/desk/?status=granted" if over else "/desk/")
        ids = list(dict.fromkeys(DESK_REQUEST.findall(page.text)))
        self.chance.shuffle(ids)
        for id in ids[: 2 if over else 4]:
            if self.stop.is_set():
                return
            path = f"/desk/requests/{id}/"
            page = self.browser.get(path)
            if over:
                self._change(page, id, path)
            elif self.chance.random() < 0.08:
                self._say(page, id, f"{path}ask/", "text", "Which product is it for?", "asked", "Asked. The request")
            elif self.chance.random() < 0.08:
                self._say(
                    page, id, f"{path}deny/", "reason", "We do not know you.", "denied", "Saved. Everything is denied"
                )
            else:
                self._cover(page)
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

    def _cover(self, page: Page) -> None:
        """Confirms the company of the requester, and then whom the signature is meant to cover."""
        if found := COMPANY.search(page.text):
            path = f"/desk/companies/{found[1]}/"
            form = self.browser.get(path).form(f"{path}name/") if self.chance.random() < 0.3 else None
            if form is not None and "Confirmed. New copies" in self.press(form.action, form.fields)[1]:
                self.tell("company confirmed", self.email, found[1])
        if (confirm := page.form("/cover/")) is not None and self.chance.random() < 0.7:
            said = self.press(confirm.action, confirm.fields)[1]
            self.heard(said, "Confirmed. Covered now", "scope confirmed", confirm.action.split("/")[3])

    def _change(self, page: Page, id: str, path: str) -> None:
        """Extends or revokes what is open, or ends what covers the reader."""
        what, end = self.chance.random(), page.form("/end/")
        if what < 0.2 and end is not None:
            said = self.press(end.action, end.fields | {"reason": ["They left the company."]})[1]
            self.heard(said, "Ended. The people it covered", "coverage ended", end.action.split("/")[3])
        elif what < 0.7 and (found := GRANT.search(page.text)):
            form = self.browser.get(found[0]).form(f"{found[0]}extend/")
            if form is not None:
                location, said = self.press(form.action, form.fields | {"reason": ["The audit takes longer."]})
                self.heard(
                    said, "Extended. The reader has been told", "extended", location.rpartition("grants/")[2][:16]
                )
        else:
            self._say(page, id, f"{path}revoke/", "reason", "No longer a customer.", "revoked", "Revoked. Nothing")

    def _merge(self) -> None:
        """Merges two companies, and mostly undoes it."""
        ids = list(dict.fromkeys(COMPANY.findall(self.browser.get("/desk/companies/").text)))
        if len(ids) < 2:
            return
        into, other = self.chance.sample(ids, 2)
        path = f"/desk/companies/{into}/merge/"
        form = self.browser.get(f"{path}?other={other}").form_of("other", "seen")
        if form is not None and "Merged. Every signature stays" in self.press(path, form.fields)[1]:
            self.tell("merged", into, other)
        found = re.search(r"/desk/merges/([0-9a-z]{16})/undo/", self.browser.get(path).text)
        if found is None or self.chance.random() < 0.3:
            return
        form = self.browser.get(found[0]).form_of("seen")
        if form is not None and "Undone. The two companies" in self.press(found[0], form.fields)[1]:
            self.tell("merge undone", self.email, found[1])

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
            page = self.browser.upload(path, form.fields, "report.pdf", self.chance.choice(self.files))
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
