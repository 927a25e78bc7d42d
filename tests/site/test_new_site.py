"""The commands that the README gives for a new site, in its order and before the site's first start."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = [pytest.mark.once, pytest.mark.site]


def run(data, *arguments: str) -> str:
    env = {name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE", "DATABASE_URL"}}
    env |= {"TRUSTCENTER_DATA": str(data), "SITE_URL": "https://trust.example"}
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_new_site_is_filled_before_its_first_start(tmp_path):
    assert "There is no member of staff yet" in run(tmp_path, "staff", "list")
    said = run(tmp_path, "staff", "add", "you@company.example", "--name", "You", "--role", "administrator")
    assert "https://trust.example/accounts/login/" in said
    assert "was replaced" in run(tmp_path, "content", "import", "content/posture.toml")
    assert "version 1 is in force" in run(tmp_path, "agreement", "publish", "content/agreements/mutual-nda.md")
