"""A site whose address is https, seen from outside in a separate process."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

SCRIPT = """
import json
import re
import django
django.setup()
from django.core.management import call_command
from django.test import Client
from trustcenter.work.models import Mail
call_command("migrate", verbosity=0)
client = Client(headers={"host": "trust.example"})
plain = client.get("/accounts/login/")
secure = client.get("/accounts/login/", headers={"x-forwarded-proto": "https"})
health = client.get("/readyz")
tls = {"x-forwarded-proto": "https"}
client.post("/accounts/login/code/", {"email": "rhea@example.com"}, headers=tls)
code = re.search(r"[A-Z]{4}-[A-Z]{4}", Mail.objects.get().body)[0]
signed_in = client.post("/accounts/login/code/confirm/", {"code": code}, headers=tls)
print(json.dumps({
    "plain": [plain.status_code, plain.headers.get("Location")],
    "secure": secure.status_code,
    "hsts": secure.headers.get("Strict-Transport-Security"),
    "cookies": {name: [morsel["secure"], morsel["httponly"], morsel["path"], morsel["domain"], morsel["samesite"]]
                for name, morsel in (secure.cookies | signed_in.cookies).items()},
    "health": health.status_code,
}))
"""


@pytest.mark.once
def test_https_site_sends_hsts_host_cookies_and_a_redirect(tmp_path):
    env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "TRUSTCENTER_TEST_RUN"}}
    env |= {
        "DJANGO_SETTINGS_MODULE": "trustcenter.settings",
        "TRUSTCENTER_DATA": str(tmp_path),
        "SITE_URL": "https://trust.example",
        "ALLOWED_HOSTS": "trust.example",
        "TRUSTED_PROXIES": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["plain"] == [301, "https://trust.example/accounts/login/"]
    assert seen["secure"] == 200 and seen["health"] == 200
    assert seen["hsts"] == "max-age=63072000; includeSubDomains; preload"
    ours = {"__Host-csrf", "__Host-session", "__Host-known"}
    assert seen["cookies"] == {name: [True, True, "/", "", "Lax"] for name in ours}


@pytest.mark.once
def test_secrets_are_created_once_and_readable_only_by_their_owner(tmp_path):
    env = os.environ | {"TRUSTCENTER_DATA": str(tmp_path / "data"), "TRUSTCENTER_DEMO": "0"}
    env.pop("SECRET_KEY", None)
    ask = "from trustcenter import settings; print(settings.SECRET_KEY)"
    run = [sys.executable, "-c", ask]
    keys = {
        subprocess.run(run, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=True).stdout
        for _start in range(2)
    }
    assert len(keys) == 1
    secret = tmp_path / "data" / "secret_key"
    assert (secret.stat().st_mode & 0o777, (tmp_path / "data").stat().st_mode & 0o777) == (0o600, 0o700)
