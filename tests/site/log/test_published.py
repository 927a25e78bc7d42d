"""The log's public files, which the site serves without the log's key."""

import pytest
from django.urls import reverse

from tests.audit import logs
from trustcenter.audit import offline

pytestmark = pytest.mark.django_db

HERE = "/.well-known/trustcenter/log"


def text(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200 and not answer.cookies
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    return answer.content.decode()


def test_checkpoints_keys_and_consistency_proofs_are_public(client, log_key):
    first, second = logs.signed(3), logs.signed(400)
    # The pages serve what was signed; the key may be on another machine.
    log_key.unlink()
    assert text(client, f"{HERE}/checkpoint") == second.note
    assert text(client, f"{HERE}/checkpoint/{first.size}") == first.note
    key = offline.read_key(text(client, f"{HERE}/key"))
    proof = offline.read_extension(text(client, f"{HERE}/consistency/{first.size}/{second.size}"))
    assert offline.check_extension(logs.read(first), proof, [key])


@pytest.mark.parametrize(
    "path", ["checkpoint/3", "checkpoint/99999999999999999999", "consistency/4/3", "consistency/1/4"]
)
def test_unsigned_size_is_not_found(client, path):
    assert logs.signed(3).size == 4
    assert client.get(f"{HERE}/{path}").status_code == 404


def test_older_checkpoints_may_be_cached_and_the_newest_is_revalidated(client):
    made = logs.signed(1)
    assert client.get(f"{HERE}/checkpoint")["Cache-Control"] == "public, no-cache"
    assert "immutable" in client.get(f"{HERE}/checkpoint/{made.size}")["Cache-Control"]


def test_site_serves_its_own_verifier_unchanged(client):
    answer = client.get("/verify/verify.py")
    with open(offline.__file__, "rb") as file:
        assert answer.content == file.read()
    assert 'filename="verify.py"' in answer["Content-Disposition"] and not answer.cookies
    again = client.get(reverse("log:verifier"), headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
