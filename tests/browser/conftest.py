"""A real browser on the real site: `manage.py serve` in demo mode, and Chromium with every error collected."""

import fcntl
import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import DEFAULT_OPTIONS, Axe
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from tests.browser import arabic

START_SECONDS = 120
# A site starts as it does for a newcomer, without the settings of the test run.
OURS = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "SITE_URL", "SECRET_KEY"}
# Milliseconds: the machine may be busy with the other runs.
expect.set_options(timeout=15_000)
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 375, "height": 812}}
# The first one found. The headless shell has no windows, so its processes work a quarter less than those of the others.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
# Without hinting, letters are as wide as on a screen with small pixels.
QUIET += ["--disable-background-networking", "--disable-component-update", "--font-render-hinting=none"]
AXE = Axe()
# Only these rules of axe look at colors, which takes longer than all others together.
ABOUT_COLOURS = ["color-contrast", "link-in-text-block"]
COLOURS = DEFAULT_OPTIONS | {"runOnly": ABOUT_COLOURS}
NOT_COLOURS = DEFAULT_OPTIONS | {"rules": {rule: {"enabled": False} for rule in ABOUT_COLOURS}}
LISTEN = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", event =>
    window.__violations.push(event.violatedDirective + " " + event.blockedURI + " " + event.sourceFile));
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.site)


# What an operator may choose that is hardest to read: a bright color on white, and a dark one on black.
HARDEST = {"light": "#ffe000", "dark": "#3d0030"}
IN_COLOUR = """colour => {
  document.documentElement.style.setProperty("--brand", colour);
  return axe.run({runOnly: ["color-contrast"], resultTypes: ["violations"]}).then(found => found.violations);
}"""


@dataclass
class Site:
    """A running demo: its address, and what it printed when it started."""

    url: str
    data: Path
    log: Path
    process: "subprocess.Popen[bytes]"

    def said(self) -> str:
        return self.log.read_text()


def start_site(data: Path, **environment: str) -> Site:
    """Starts the demo on a free port and waits until it answers. Stop it with `stop_site`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if name not in OURS}
    env |= {
        "TRUSTCENTER_DATA": str(data),
        "TRUSTCENTER_DEMO": "1",
        "HOST": "127.0.0.1",
        "PORT": str(port),
    } | environment
    log = data / "serve.log"
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=settings.BASE_DIR,
            env=env,
            stdout=output,
            stderr=output,
        )
    site = Site(f"http://127.0.0.1:{port}", data, log, process)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        # The site prints its welcome after /livez has answered.
        if "The trust center is running at" in site.said():
            return site
        time.sleep(0.1)
    stop_site(site)
    raise RuntimeError(f"The site did not start:\n{site.said()}")


def run_in(site: Site, code: str) -> str:
    """Runs code with the running site's settings and data: for what takes months, or fifty people. Returns what it
    prints."""
    env = {name: value for name, value in os.environ.items() if name not in OURS}
    env |= {
        "TRUSTCENTER_DATA": str(site.data),
        "TRUSTCENTER_DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "trustcenter.settings",
    }
    code = f"import django\ndjango.setup()\n{code}"
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=settings.BASE_DIR, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout


def start_filled_site(data: Path, **environment: str) -> Site:
    """The same with the content of a demo, copied."""
    shutil.copytree(filled(), data, dirs_exist_ok=True)
    return start_site(data, **environment)


@functools.cache
def filled() -> Path:
    """A data folder with the content of a demo, to be copied. It is filled once, which takes longer than a start.

    TEST_DEMO is a folder in which several runs share it.
    """
    folder = Path(
        os.environ.get("TEST_DEMO") or tempfile.mkdtemp(prefix="demo-", dir=os.environ["TRUSTCENTER_TEST_RUN"])
    )
    data, done = folder / "data", folder / "done"
    env = {name: value for name, value in os.environ.items() if name not in OURS}
    env |= {"TRUSTCENTER_DATA": str(data), "TRUSTCENTER_DEMO": "1"}
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            command = [sys.executable, "manage.py", "demo"]
            subprocess.run(command, cwd=settings.BASE_DIR, env=env, capture_output=True, check=True)
            done.touch()
    return data


def stop_site(site: Site, number: int = signal.SIGINT) -> float:
    """Stops the site as Ctrl-C does, or with another signal; returns the seconds it took."""
    started = time.monotonic()
    site.process.send_signal(number)
    site.process.wait(timeout=20)
    return time.monotonic() - started


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A demo for the whole session, which is in Arabic too."""
    data = Path(tempfile.mkdtemp(prefix="trustcenter-browser-"))
    arabic.write_catalogue(data / "locale")
    running = start_filled_site(data, DJANGO_SETTINGS_MODULE="tests.browser.arabic_settings")
    yield running
    stop_site(running)
    shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        raise RuntimeError("The browser tests need Chromium: bin/setup test installs it or says how.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield chromium
        chromium.close()


@dataclass
class Visitor:
    """One person's browser. It collects errors in `complaints`, which fail the test at its end."""

    context: BrowserContext
    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        address = self.url + path if path.startswith("/") else path
        try:
            self.page.goto(address)
        except Error as error:
            # A page that refreshes itself began to at the same moment, and Chromium follows only one of the two.
            if "net::ERR_ABORTED" not in str(error):
                raise
            self.page.goto(address)
        return self.page

    def check(self, options: dict[str, Any] = DEFAULT_OPTIONS) -> None:
        """Checks the current page: no accessibility or policy violation, nothing wider than the window."""
        where = urlsplit(self.page.url).path
        for violation in self._violations(options):
            for node in violation["nodes"]:
                self.complaints.append(f"{where}: axe {violation['id']}: {node['html'][:200]}")
        self.check_without_axe()

    def check_without_axe(self) -> None:
        where = urlsplit(self.page.url).path
        self.complaints += [f"{where}: CSP {words}" for words in self.page.evaluate("window.__violations || []")]
        width, window = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        if width > window:
            self.complaints.append(f"{where}: {width} px wide in a window of {window}")

    def check_in_colours(self) -> None:
        """Checks that every word of the page can be read in another color than ours."""
        self._load_axe()
        for scheme, colour in HARDEST.items():
            # A color that is still on its way to the next one counts for nothing.
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for violation in self.page.evaluate(IN_COLOUR, colour):
                where = f"{urlsplit(self.page.url).path} in {colour}"
                self.complaints += [f"{where}: {node['html'][:200]}" for node in violation["nodes"]]
        self.page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        self.page.evaluate("document.documentElement.style.removeProperty('--brand')")

    def _violations(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        self._load_axe()
        return self.page.evaluate(f"axe.run({json.dumps(options)}).then(found => found.violations)")

    def _load_axe(self) -> None:
        # axe is half a megabyte, which a page that is looked at in two sizes reads once.
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.axe_script)

    def listen(self) -> None:
        self.context.add_init_script(LISTEN)
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        self.page.on("request", lambda request: self._asked(request.url))

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(f"console {kind} at {urlsplit(self.page.url).path}: {text}")

    def _asked(self, url: str) -> None:
        if urlsplit(url).scheme in {"http", "https", "ws", "wss"} and not url.startswith(self.url):
            self.complaints.append(f"asked another host: {url}")


@pytest.fixture
def visit(site: Site, browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """`visit("phone")` opens a new person's browser of that size; a complaint in any of them fails the test."""
    visitors: list[Visitor] = []

    def come(size: str = "desktop", **options: object) -> Visitor:
        context = browser.new_context(viewport=SIZES[size], accept_downloads=True, **options)
        visitor = Visitor(context, context.new_page(), site.url)
        visitor.listen()
        visitors.append(visitor)
        return visitor

    yield come
    complaints = [line for visitor in visitors for line in visitor.complaints]
    for visitor in visitors:
        visitor.context.close()
    assert not complaints, "\n".join(complaints)
