"""The path of docs/operating.md, walked as it is written: empty folder, first download, upgrade, restore."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from content import samples
from tests.crash.browser import Browser, ConnectionBroke, Download, Page
from tests.crash.mailserver import Inbox, listening
from tests.crash.site import free_port
from tests.site.backup.sites import ROOT, programs
from trustcenter.work.processes import die_with_parent

pytestmark = [pytest.mark.once, pytest.mark.site]

BOOK = (ROOT / "docs/operating.md").read_text()
SETTINGS = dict(
    line.strip().split("=", 1) for line in re.findall(r"^ *([A-Z_]+=.+)$", BOOK.partition("## Upgrade")[0], re.M)
)
SLUG = "soc-2-type-ii-report"
NEW_PASSWORD = "seven quiet lanterns"
SECONDS = 60


def commands(heading: str) -> list[str]:
    """Every line of shell in a section, without comments."""
    section = BOOK.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```$", section, re.M | re.S)
    assert blocks, f"{heading} has no commands"
    return [line.partition("   #")[0].strip() for block in blocks for line in block.splitlines()]


class Machine:
    """One machine: a data folder, a backup folder, the settings of the book, and the service that systemd would run."""

    def __init__(self, folder: Path, mail_port: int) -> None:
        self.folder, self.port = folder, free_port()
        # The settings of the test run must not reach the site.
        test_run = {"ALLOWED_HOSTS", "DEBUG", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "SITE_URL"}
        kept = (name for name in os.environ if not name.startswith(("DATABASE_", "TRUST")) and name not in test_run)
        self.environment = {name: os.environ[name] for name in kept}
        self.environment |= {name: shlex.split(value)[0] for name, value in SETTINGS.items()}
        self.environment |= {
            "PATH": os.pathsep.join([programs(), os.environ["PATH"]]),
            "TRUSTCENTER_DATA": str(folder / "data"),
            "MAIL_URL": f"smtp://127.0.0.1:{mail_port}?starttls=0",
            "PORT": str(self.port),
        }
        self.service: subprocess.Popen[bytes] | None = None

    def run(self, line: str) -> str:
        """Runs one line of the book; returns what it said."""
        words = shlex.split(line.replace("/var/backups/trustcenter", str(self.folder / "backups")))
        match words:
            case ["systemctl", "stop", "trustcenter"]:
                self.stop()
            case ["systemctl", ("start" | "enable"), *_, "trustcenter"]:
                self.start()
            case ["manage.py", *words]:
                return self.manage(*words)
            case ["git", "pull", *_] | ["bin/setup", "run"]:
                # The checkout is the new version already.
                pass
            case _:
                raise AssertionError(f"the test does not know {line!r}")
        return ""

    def manage(self, *words: str) -> str:
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=SECONDS)
        assert done.returncode == 0, f"{words}: {done.stdout} {done.stderr}"
        return done.stdout

    def start(self) -> None:
        with (self.folder / "serve.log").open("ab") as log:
            self.service = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(),
            )
        browser = self.browser()
        wait_for(lambda: self._answers(browser), "the site")

    def _answers(self, browser: Browser) -> bool:
        assert self.service and self.service.poll() is None, (self.folder / "serve.log").read_text()
        try:
            return browser.get("/").status == 200
        except ConnectionBroke:
            return False

    def stop(self) -> None:
        if self.service is not None:
            self.service.send_signal(signal.SIGTERM)
            assert self.service.wait(SECONDS) == 0
            self.service = None

    def browser(self) -> Browser:
        """A browser that reaches the site through a proxy with TLS."""
        proxy = {"Host": "trust.example", "X-Forwarded-Proto": "https", "Origin": "https://trust.example"}
        return Browser(self.port, "192.0.2.7", headers=proxy)


def wait_for(true: Any, what: str) -> Any:
    deadline = time.monotonic() + SECONDS
    while not (found := true()):
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.2)
    return found


def press(browser: Browser, page: Page, action: str, **fields: str) -> Page:
    """Sends the form of a page whose action ends with this, and follows the redirect."""
    form = page.form(action)
    assert form is not None, f"no form {action} on {page.text[:3000]}"
    form.fields |= {name.replace("__", "-"): [value] for name, value in fields.items()}
    return browser.follow(browser.post(form.action, form.fields))


def first_sign_in(browser: Browser, email: str, password: str) -> None:
    page = press(browser, browser.get("/accounts/login/"), "/accounts/login/", login=email, password=password)
    setup = "/accounts/2fa/totp/activate/"
    page = browser.follow(browser.get(setup))
    if (form := page.form("/accounts/reauthenticate/")) is not None:
        browser.post(f"/accounts/reauthenticate/?next={setup}", form.fields | {"password": [password]})
        page = browser.get(setup)
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page.text)
    assert secret, page.text[:3000]
    press(browser, page, setup, code=format_hotp_value(hotp_value(secret[1], int(time.time()) // 30)))
    change = "/accounts/password/change/"
    page = press(
        browser, browser.get(change), change, oldpassword=password, password1=NEW_PASSWORD, password2=NEW_PASSWORD
    )
    assert page.status == 200, page.text


def document_published(browser: Browser) -> None:
    path = f"/desk/documents/{SLUG}/upload/"
    form = browser.get(path).form(path)
    assert form is not None
    pdf = (samples.HERE / f"{SLUG}.pdf").read_bytes()
    page = browser.upload(path, form.fields, "report.pdf", pdf)
    assert page.status == 302, page.text
    version = f"/desk/documents/{SLUG}/versions/1/"
    checked = wait_for(lambda: browser.get(version).form(f"{version}publish/"), "the check")
    assert "Published." in browser.follow(browser.post(checked.action, checked.fields)).text


def asked_and_signed(browser: Browser, inbox: Inbox) -> str:
    """A prospect's request, confirmed and signed; returns its path."""
    email = "rhea@example.com"
    form = browser.get("/access/").form("/access/")
    assert form is not None
    form.fields |= {
        "documents": [SLUG],
        "email": [email],
        "name": ["Rhea Diaz"],
        "company_name": ["Example Corp"],
        "reason": ["Our yearly review."],
    }
    browser.post("/access/", form.fields)
    code = wait_for(lambda: inbox.codes(email), "the code")[-1]
    page = browser.get("/accounts/login/code/confirm/")
    form = page.form("/accounts/login/code/confirm/")
    assert form is not None
    path = browser.post(form.action, form.fields | {"code": [code]}).location
    assert re.fullmatch(r"/access/[0-9a-z]{16}/", path), path
    press(
        browser,
        browser.get(f"{path}sign/nda/"),
        f"{path}sign/nda/",
        typed_name="Rhea Diaz",
        title="CISO",
        entity="Example Corp, Inc.",
        authority="on",
        consent="on",
    )
    return path


def approved(browser: Browser, path: str) -> None:
    desk = path.replace("/access/", "/desk/requests/")
    form = browser.get(desk).form(f"{desk}approve/")
    assert form is not None
    ends = [name for name in form.fields if name.endswith("-until")]
    form.fields |= {name.replace("-until", "-verdict"): ["approve"] for name in ends}
    form.fields |= {"despite": ["Known to us."]} if "despite" in form.fields else {}
    page = browser.follow(browser.post(f"{desk}approve/", form.fields))
    assert "The approved documents are open" in page.text, page.text


def downloaded(browser: Browser, path: str) -> Download:
    form = browser.get(path).form(f"/documents/{SLUG}/download/")
    assert form is not None, browser.get(path).text
    copy = browser.download(form.action, form.fields)
    assert isinstance(copy, Download) and copy.whole, copy
    return copy


def test_path_leads_from_an_empty_folder_to_a_download_an_upgrade_and_a_restore(tmp_path):
    with listening() as inbox:
        machine = Machine(tmp_path / "first", inbox.port)
        machine.folder.mkdir()
        try:
            said = "".join(map(machine.run, commands("From an empty folder to the first download")))
            password = re.search(r"[0-9a-z]{4}(-[0-9a-z]{4})+", said)
            assert password, said
            admin, rhea = machine.browser(), machine.browser()
            first_sign_in(admin, "you@company.example", password[0])
            document_published(admin)
            path = asked_and_signed(rhea, inbox)
            approved(admin, path)
            first = downloaded(rhea, path)

            said = "".join(map(machine.run, commands("Upgrade")))
            assert "The log is valid" in said
            # Sessions live through an upgrade, and so does access.
            assert downloaded(rhea, path).code != first.code
        finally:
            machine.stop()

        other = Machine(tmp_path / "other", inbox.port)
        other.folder.mkdir()
        try:
            said = other.manage("restore", str(machine.folder / "backups/before-upgrade"))
            assert "The log is valid" in said and "Stored files that open and match their SHA-256" in said
            other.start()
            assert other.browser().get(f"/documents/{SLUG}/").status == 200
            assert "The log is valid" in other.manage("audit", "verify")
        finally:
            other.stop()


def test_production_in_the_readme_is_part_of_the_path():
    production = (ROOT / "README.md").read_text().partition("## Production")[2].partition("\n## ")[0]
    lines = [line.partition("   #")[0].strip() for line in re.findall(r"^\.venv/bin/python (.+)$", production, re.M)]
    assert lines[-1] == "manage.py serve"
    assert set(lines[:-1]) <= set(commands("From an empty folder to the first download"))
