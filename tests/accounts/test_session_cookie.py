import pytest

from tests import cast, signin

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("value", [r'"\000aaaaaaaaaaa"', r'"\377\012aaaaaaaaa"', "x" * 5000, "../../etc/passwd", ""])
def test_any_cookie_that_is_no_session_is_a_stranger_s(client, value):
    for path, status in (("/", 200), ("/documents/", 200), ("/access/", 200), ("/my/", 302)):
        assert client.get(path, headers={"cookie": f"session={value}"}).status_code == status


def test_a_session_that_was_made_here_is_found(client):
    signin.sign_in_by_code(client, cast.rhea().email)
    assert client.get("/my/").status_code == 200
