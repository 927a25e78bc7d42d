"""Simulated colleagues with rare and wide steps: legal with its papers and erasures, the administrator with levels and rules."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

from tests.crash.staff import Approver, Staff

PAPER = re.compile(r"/desk/agreements/papers/([0-9a-z]{16})/")
ERASURE = re.compile(r"/desk/erasures/([0-9a-z]{16})/")
READER = re.compile(r"reader\d+-\d+@(company\d+\.example)")
RULE = re.compile(r"\?rule=([0-9a-z]+)#")


class Legal(Staff):
    """Files papers, accepts, declines and countersigns uploaded ones, ends what they cover, and erases people's data."""

    def __init__(self, *arguments: object, paper: bytes) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.paper = paper

    def live(self) -> None:
        if self.chance.random() < 0.3:
            self._file()
        for id in self._some(PAPER, "/desk/agreements/?show=check", 3) + self._some(PAPER, "/desk/agreements/", 2):
            self._settle(f"/desk/agreements/papers/{id}/", id)
        for id in self._some(ERASURE, "/desk/erasures/", 2):
            self._erase(f"/desk/erasures/{id}/", id)
        self.pause(1)

    def _some(self, what: "re.Pattern[str]", path: str, most: int) -> list[str]:
        ids = list(dict.fromkeys(what.findall(self.browser.get(path).text)))
        return self.chance.sample(ids, min(most, len(ids)))

    def _file(self) -> None:
        """Puts a paper on file, for one reader or for their whole company."""
        found = READER.search(self.browser.get("/desk/").text)
        path = "/desk/agreements/nda/paper/"
        form = self.browser.get(path).form(path)
        if found is None or form is None:
            return
        wide = self.chance.random() < 0.4
        form.fields |= terms("domain" if wide else "person", found[1] if wide else found[0])
        page = self.browser.upload(path, form.fields, "signed.pdf", self.paper)
        said = unescape(self.browser.follow(page).text)
        if "The paper is on file." in said and (paper := PAPER.search(page.location)):
            self.tell("paper filed", self.email, paper[1])

    def _settle(self, path: str, id: str) -> None:
        """Accepts, declines or countersigns one paper, or ends what it covers."""
        page = self.browser.get(path)
        if (form := page.form(f"{path}accept/")) is not None:
            if self.chance.random() < 0.2 and (other := page.form(f"{path}decline/")) is not None:
                said = self.press(other.action, other.fields | {"reason": ["Section 9 has to stay."]})[1]
                return self.heard(said, "Declined. The person", "paper declined", id)
            form.fields |= terms("person", form.fields["whom"][0])
            form.fields |= {"countersigned": ["on"]} if self.chance.random() < 0.5 else {}
            return self.heard(self.press(form.action, form.fields)[1], "Accepted. We have told", "paper accepted", id)
        if (form := page.form(f"{path}countersign/")) is not None and self.chance.random() < 0.3:
            self.heard(self.press(form.action, form.fields)[1], "Countersigned. The copy", "countersigned", id)
        elif (form := page.form("/end/")) is not None and self.chance.random() < 0.3:
            said = self.press(form.action, form.fields | {"reason": ["It was replaced."]})[1]
            self.heard(said, "Ended. The people it covered", "coverage ended", form.action.split("/")[3])

    def _erase(self, path: str, id: str) -> None:
        page = self.browser.get(path)
        address = READER.search(page.text)
        if address is None:
            return
        if self.chance.random() < 0.2:
            if (form := page.form(f"{path}decline/")) is not None:
                said = self.press(form.action, form.fields | {"reason": ["There is a dispute."]})[1]
                self.heard(said, "Declined. We have told", "erasure declined", id)
        elif (form := page.form(f"{path}erase/")) is not None:
            said = self.press(form.action, form.fields | {"address": [address[0]]})[1]
            self.heard(said, "Erased. We have told", "erased", id)


def terms(scope: str, whom: str) -> dict[str, list[str]]:
    """What legal types about a paper that applies since yesterday."""
    today = datetime.now(UTC).date()
    days = {"signed_on": today - timedelta(days=2), "starts_on": today - timedelta(days=1)}
    typed = {name: [day.isoformat()] for name, day in days.items()}
    return typed | {"scope": [scope], "whom": [whom], "vouched": ["on"]}


class Administrator(Approver):
    """An approver who also makes a level stricter and less strict again, publishes rules, and switches them on and off."""

    def live(self) -> None:
        chosen = self.chance.random()
        if chosen < 0.3:
            self._change_level("/desk/levels/nda/")
        elif chosen < 0.5:
            self._write_a_rule()
        elif chosen < 0.65:
            self._switch()
        super().live()

    def _change_level(self, path: str) -> None:
        """Two approvals in place of one, or the other way round, once the page has shown whom that shuts out."""
        form = self.browser.get(path).form_of("seen", "approvals")
        if form is None:
            return
        approvals = "1" if form.fields["approvals"] == ["2"] else "2"
        # For a short while only: what needs two approvals waits long.
        if approvals == "2" and self.chance.random() < 0.6:
            return
        preview = self.browser.post(path, form.fields | {"approvals": [approvals]})
        if (form := preview.form_of("seen", "shutting_out")) is not None:
            said = self.press(path, form.fields | {"confirm": ["1"]})[1]
            if re.search(r"Saved\. (It applies|\d+ )", said):
                self.tell("level changed", self.email, approvals)

    def _write_a_rule(self) -> None:
        """Changes the draft, tries it, and publishes it as soon as the dry run has finished."""
        page = self.browser.get("/desk/rules/publish/")
        if (form := page.form_of("why", "step")) is not None and "Nothing changes." not in page.text:
            _location, said = self.press("/desk/rules/publish/", form.fields | {"why": ["They are quicker."]})
            if found := re.search(r"Version (\d+) is in force\.", said):
                return self.tell("rules published", self.email, found[1])
        page = self.browser.get("/desk/rules/")
        if not (rules := RULE.findall(page.text)):
            if (form := page.form("/desk/rules/add/")) is not None:
                self.press(form.action, form.fields)
            return
        path = f"/desk/rules/{rules[0]}/save/"
        if (form := self.browser.get(f"/desk/rules/?rule={rules[0]}").form(path)) is None:
            return
        days = str(self.chance.randint(2, 90))
        form.fields |= {"name": ["A few days"], "decision": ["approve"], "days": [days]}
        if "Saved in the draft." in self.press(path, form.fields)[1] and (
            form := self.browser.get("/desk/rules/").form("/desk/rules/try/")
        ):
            self.press(form.action, form.fields)

    def _switch(self) -> None:
        page = self.browser.get("/desk/rules/")
        if (form := page.form("/desk/rules/on/")) is not None:
            self.heard(self.press(form.action, form.fields)[1], "The rules are on.", "rules on", "")
            if (form := page.form("/desk/rules/limit/")) is not None:
                self.press(form.action, form.fields | {"daily_limit": ["1000"]})
        elif (form := page.form("/desk/rules/off/")) is not None:
            said = self.press(form.action, form.fields | {"reason": ["A mistake."]})[1]
            self.heard(said, "All rules are off.", "rules off", "")
