import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.once

ASK = "import json; from trustcenter import settings; print(json.dumps(settings.MAILERS['default']))"


def mailer(**environment):
    run = subprocess.run(
        [sys.executable, "-c", ASK],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(run.stdout) if run.returncode == 0 else run.stderr


@pytest.mark.parametrize(
    "url, port, ssl, starttls",
    [
        ("smtp://post:s%40crets@mail.example:587", 587, False, True),
        ("smtps://post:s%40crets@mail.example", None, True, False),
        ("smtp://post:s%40crets@mail.example:25?starttls=0", 25, False, False),
    ],
)
def test_mail_url_names_the_server(url, port, ssl, starttls):
    found = mailer(MAIL_URL=url)["OPTIONS"]
    assert (found["host"], found["port"]) == ("mail.example", port)
    assert (found["username"], found["password"]) == ("post", "s@crets")
    assert (found["use_ssl"], found["use_tls"]) == (ssl, starttls)


def test_without_a_server_mail_goes_to_the_log_or_the_demo_mailbox():
    assert mailer(MAIL_URL="")["BACKEND"].endswith("console.EmailBackend")
    assert mailer(MAIL_URL="", TRUSTCENTER_DEMO="1")["BACKEND"].endswith("dummy.EmailBackend")


def test_mail_goes_to_the_log_if_configured():
    assert mailer(MAIL_URL="log:")["BACKEND"].endswith("console.EmailBackend")


@pytest.mark.parametrize("url", ["mail.example:25", "mail.example", "log://mail.example"])
def test_other_mail_url_is_refused(url):
    assert "neither smtp:// nor smtps://" in mailer(MAIL_URL=url)
