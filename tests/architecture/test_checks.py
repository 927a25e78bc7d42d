"""Every dangerous configuration has a numbered check with a hint, and a test here."""

import re
from pathlib import Path

import pytest
from django.core.checks import run_checks

from ndaflow.agreements.sealing import checks as seal_checks
from tests.ndaflow.agreements import test_seal_checks
from trustcenter.site import checks
from trustcenter.vault import checks as vault_checks
from trustcenter.vault.confinement import landlock, seccomp

GOOD = {
    "DEMO": False,
    "DEBUG": False,
    "SECRET_KEY": "kQ8f-2vLw0Zr7XsYbTn4Hc9JmPd6GaUe1iOoRqEy5tVxKlWzBhNuFjCgMpSa3D",
    "SITE_URL": "https://trust.example",
    "OVER_TLS": True,
    "ALLOWED_HOSTS": ["trust.example"],
    "TRUSTED_PROXIES": 1,
    "MAIL_URL": "smtps://user:password@mail.example:465",
    "HOST": "127.0.0.1",
}
BAD = {
    "E001": {"SECRET_KEY": "demo-" + GOOD["SECRET_KEY"]},
    "E002": {"SECRET_KEY": "short"},
    "E003": {"DEBUG": True},
    "E004": {"ALLOWED_HOSTS": ["trust.example", "*"]},
    "E005": {"ALLOWED_HOSTS": ["other.example"]},
    "E006": {"DEMO": True},
    "E007": {"SITE_URL": "http://trust.example", "OVER_TLS": False},
    "E008": {"TRUSTED_PROXIES": 0},
    "E009": {"MAIL_URL": ""},
    "E040": {"KEEP_MAILS_DAYS": 0},
}


@pytest.fixture
def found(settings, tmp_path):
    def run(**changes) -> set[str]:
        tmp_path.chmod(0o700)
        for name, value in (GOOD | {"DATA_DIR": tmp_path} | changes).items():
            setattr(settings, name, value)
        messages = [
            m
            for m in run_checks(tags=["security"], include_deployment_checks=True)
            if (m.id or "").startswith("trustcenter.")
        ]
        assert all(message.hint for message in messages)
        return {message.id.removeprefix("trustcenter.") for message in messages}

    return run


def test_safe_configuration_passes(found):
    assert found() == set()


@pytest.mark.parametrize("number", BAD)
def test_dangerous_configuration_is_refused(found, number):
    assert found(**BAD[number]) == {number}


def test_data_folder_open_to_others_gives_a_warning(found, tmp_path):
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    assert found(DATA_DIR=folder) == {"W010"}


def test_folder_may_be_open_to_the_group_if_the_log_key_is_elsewhere(found, tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o770)
    assert found(DATA_DIR=folder, LOG_KEY_FILE=tmp_path / "worker" / "log.key") == set()
    assert found(DATA_DIR=folder, LOG_KEY_FILE=folder / "keys" / "log.key") == {"W010"}
    folder.chmod(0o775)
    assert found(DATA_DIR=folder, LOG_KEY_FILE=tmp_path / "worker" / "log.key") == {"W010"}


def test_data_kept_for_very_long_give_a_warning(found):
    assert found(KEEP_REFUSED_DAYS=5000) == {"W041"}


def test_mail_to_the_log_gives_a_warning(found):
    assert found(MAIL_URL="log:") == {"W014"}


def test_unfinished_restore_is_refused(found, tmp_path):
    (tmp_path / checks.RESTORING).write_text("a digest")
    assert found() == {"E011"}


def test_secret_key_of_one_repeated_letter_is_refused(found):
    assert found(SECRET_KEY="a" * 80) == {"E002"}


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "trust.example", "::"])
def test_demo_on_a_public_address_is_refused(found, host):
    assert "E006" in found(DEMO=True, SITE_URL="http://127.0.0.1:8000", OVER_TLS=False, HOST=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_demo_on_loopback_passes(found, host):
    url = {"SITE_URL": "http://localhost:8000", "OVER_TLS": False, "ALLOWED_HOSTS": ["localhost"]}
    assert found(DEMO=True, HOST=host, **url) == set()


@pytest.fixture
def without_filters(monkeypatch):
    monkeypatch.setattr(seccomp, "MACHINES", {})


def test_site_without_a_sandbox_is_refused(found, without_filters):
    assert found() == {"W016", "E017"}


def test_demo_without_a_sandbox_gives_a_warning(found, without_filters):
    url = {"SITE_URL": "http://localhost:8000", "OVER_TLS": False, "ALLOWED_HOSTS": ["localhost"]}
    assert found(DEMO=True, **url) == {"W016"}


def test_older_landlock_gives_a_warning(found, monkeypatch):
    monkeypatch.setattr(landlock, "NEEDED", landlock.version() + 1)
    assert found() == {"W016"}


def test_every_number_has_a_test():
    sources = "".join(Path(module.__file__).read_text() for module in (checks, seal_checks, vault_checks))
    numbers = set(re.findall(r'id="trustcenter\.(\w+)"', sources))
    # E012, W013 and E015 are in tests/vault/test_keys.py, W018 in tests/operations/test_bucket_away.py, E025
    # and E026 in tests/site/test_serve.py.
    assert (
        numbers
        == set(BAD)
        | {"W010", "E011", "E012", "W013", "W014", "E015", "W016", "E017", "W018", "E025", "E026", "W041"}
        | test_seal_checks.NUMBERS
    )
