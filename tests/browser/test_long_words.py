"""A word of 200 letters, in any text that people type, breaks no page: not on a phone of 320 pixels, nor on a desk."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from django.conf import settings

from tests.browser.conftest import start_filled_site, stop_site

WIDTHS = (320, 1280)
PUBLIC = ("/", "/certifications/", "/certifications/soc-2-type-ii/", "/answers/", "/answers/?q=schutz", "/documents/")
PUBLIC += ("/documents/soc-2-type-ii-report/", "/subprocessors/", "/verify/", "/access/", f"/answers/?q={'e' * 100}")
REQUESTER = ("/my/", "/access/{request}/", "/access/{request}/sign/nda/", "/access/", "/documents/")
APPROVER = ("/desk/", "/desk/requests/{request}/", "/desk/audit/", "/desk/documents/", "/desk/share/", "/desk/people/")


@pytest.fixture(scope="module")
def long_words():
    """A demo of its own whose texts are long words, with a request."""
    data = Path(tempfile.mkdtemp(prefix="trustcenter-long-"))
    site = start_filled_site(data)
    env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "SECRET_KEY"}}
    env |= {"TRUSTCENTER_DATA": str(data), "TRUSTCENTER_DEMO": "1", "DJANGO_SETTINGS_MODULE": "trustcenter.settings"}
    filled = subprocess.run(
        [sys.executable, "-m", "tests.browser.long_words"],
        cwd=settings.BASE_DIR,
        env=env,
        capture_output=True,
        check=True,
    )
    yield site, json.loads(filled.stdout)
    stop_site(site)
    shutil.rmtree(data, ignore_errors=True)


@pytest.mark.parametrize(
    ("who", "paths"), [("", PUBLIC), ("requester", REQUESTER), ("approver", APPROVER)], ids=["all", "requester", "desk"]
)
def test_a_long_word_breaks_no_page(long_words, browser, who, paths):
    site, facts = long_words
    context = browser.new_context()
    if who:
        context.add_cookies([{"name": "session", "value": facts[who], "url": site.url}])
    page = context.new_page()
    wide = []
    for path in paths:
        answer = page.goto(site.url + path.format(request=facts["request"]))
        assert answer.status == 200 and "/login/" not in page.url, path
        for window in WIDTHS:
            page.set_viewport_size({"width": window, "height": 800})
            width, outside = page.evaluate(MEASURE)
            if width > window or outside:
                wide.append((path, window, width, outside))
    context.close()
    assert not wide, "\n".join(map(str, wide))


# The width of the page, and the first elements in it that reach out of the window and cannot be scrolled into it.
MEASURE = """() => {
    const scrolls = one => one && (getComputedStyle(one).overflowX !== "visible" || scrolls(one.parentElement));
    const outside = [...document.querySelectorAll("main *, footer *")].filter(one => {
        const box = one.getBoundingClientRect();
        return one.checkVisibility() && box.right > innerWidth + 1 && !scrolls(one.parentElement);
    });
    return [document.documentElement.scrollWidth, outside.slice(0, 5).map(one => one.outerHTML.slice(0, 200))];
}"""
