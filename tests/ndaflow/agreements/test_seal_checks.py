"""The site does not start with a seal that cannot be used."""

import os
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.utils import timezone

from ndaflow.agreements.sealing import authority, certificates, checks
from tests.ndaflow.agreements import papers
from trustcenter.vault.clients import awskms

NUMBERS = {"E020", "E021", "E022", "W023", "W024"}


@pytest.fixture
def found(keys):
    """The numbers of our checks that `manage.py serve` would report."""

    def run() -> set[str]:
        messages = run_checks(tags=["security"], include_deployment_checks=True)
        told = {(m.id or "").removeprefix("trustcenter."): m for m in messages}
        assert all(told[number].hint for number in NUMBERS & set(told))
        return NUMBERS & set(told)

    return run


def test_default_configuration_without_a_key_passes(found):
    assert found() == set()


def test_generated_key_and_certificate_pass(found, ready):
    assert found() == set()


@pytest.mark.parametrize("setting", ["hsm", "file:/nowhere/seal.key", "pkcs11:token=a;object=b?module-path=/no.so"])
def test_unusable_key_is_refused(found, settings, setting):
    settings.SEAL_KEY = setting
    assert found() == {"E020"}


def test_certificate_without_its_key_is_refused(found, ready):
    (ready / "seal.key").unlink()
    assert found() == {"E020"}


@pytest.mark.parametrize("content", [None, "no PEM"])
def test_unreadable_certificate_is_refused(found, ready, settings, tmp_path, content):
    path = tmp_path / "own.pem"
    if content:
        path.write_text(content)
    settings.SEAL_CERTIFICATE = str(path)
    assert found() == {"E021"}


def test_expired_certificate_is_refused(found, ready, key):
    past = timezone.now() - certificates.LIFE - certificates.LIFE
    (ready / "seal.pem").write_text(certificates.pem_of(papers.issued(key, now=past)))
    assert found() == {"E021"}


def test_timestamps_need_an_address_and_roots(found, settings, tmp_path, certificate):
    roots = tmp_path / "roots.pem"
    roots.write_text(certificates.pem_of([certificate]))
    for address, file, wrong in (
        ("http://tsa.example/", "", True),
        ("http://tsa.example/", str(tmp_path / "nowhere.pem"), True),
        ("tsa.example", str(roots), True),
        ("https://tsa.example/", str(roots), False),
    ):
        settings.TIMESTAMP_URL, settings.TIMESTAMP_ROOTS = address, file
        assert found() == ({"E022"} if wrong else set()), address


def test_unavailable_key_service_gives_a_warning_and_the_site_starts(found, settings, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    settings.SEAL_KEY = "awskms:alias/seal"
    # The client of an earlier test uses another address.
    awskms.client.cache_clear()
    assert found() == {"W023"}
    awskms.client.cache_clear()


@pytest.mark.parametrize("name", ["seal.key", "seal-root.key"])
def test_key_readable_by_others_gives_a_warning(found, ready: Path, name):
    authority.private_key()
    assert found() == set()
    (ready / name).chmod(0o644)
    assert found() == {"W024"}


def test_web_server_leaves_the_keys_to_a_worker_of_another_user(ready: Path):
    """The worker makes its folder for itself, so the web server cannot even see whether there is a key."""
    ready.chmod(0)
    me = os.geteuid()
    if me == 0:
        os.seteuid(65534)
    try:
        assert checks.seal() == []
    finally:
        os.seteuid(me)
        ready.chmod(0o700)
