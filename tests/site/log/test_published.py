"""What everyone may fetch, and that the site needs no key to give it."""

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


def test_newest_and_older_checkpoints_their_key_and_the_proof_between_them(client, log_key):
    first, second = logs.signed(3), logs.signed(400)
    # The pages give what was signed; the key may be on another machine.
    log_key.unlink()
    assert text(client, f"{HERE}/checkpoint") == second.note
    assert text(client, f"{HERE}/checkpoint/{first.size}") == first.note
    key = offline.read_key(text(client, f"{HERE}/key"))
    proof = offline.read_extension(text(client, f"{HERE}/consistency/{first.size}/{second.size}"))
    assert offline.check_extension(logs.read(first), proof, [key])


@pytest.mark.parametrize(
    "path", ["checkpoint/3", "checkpoint/99999999999999999999", "consistency/4/3", "consistency/1/4"]
)
def test_what_was_not_signed_is_not_there(client, path):
    assert logs.signed(3).size == 4
    assert client.get(f"{HERE}/{path}").status_code == 404


def test_older_checkpoints_may_be_kept_and_the_newest_is_asked_for(client):
    made = logs.signed(1)
    assert client.get(f"{HERE}/checkpoint")["Cache-Control"] == "public, no-cache"
    assert "immutable" in client.get(f"{HERE}/checkpoint/{made.size}")["Cache-Control"]


def test_site_hands_out_its_own_verifier_to_the_byte(client):
    answer = client.get("/verify/verify.py")
    with open(offline.__file__, "rb") as file:
        assert answer.content == file.read()
    assert 'filename="verify.py"' in answer["Content-Disposition"] and not answer.cookies
    again = client.get(reverse("log:verifier"), headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
