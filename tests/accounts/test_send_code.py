"""The entry point that the form for documents uses."""

import pytest
from django.contrib.sessions.backends.db import SessionStore

from tests import cast
from trustcenter.accounts import codes
from trustcenter.work.models import Mail


@pytest.fixture
def request_of(rf):
    def build(user):
        request = rf.post("/access/")
        request.session, request.user = SessionStore(), user
        return request

    return build


def test_somebody_signed_in_has_proven_the_address_already(request_of, db):
    request = request_of(cast.rhea())
    request.session[codes.NEXT] = "/access/7f3k/"
    assert codes.send_code(request, "Rhea@example.com").url == "/access/7f3k/"
    assert not Mail.objects.exists()


def test_nobody_becomes_somebody_else_while_signed_in(request_of, db):
    with pytest.raises(codes.AlreadySignedIn):
        codes.send_code(request_of(cast.rhea()), "vera@example.com")


def test_nothing_about_a_stranger_is_believed_before_the_proof(client, db):
    person = codes.prospect("rhea@example.com")
    assert (person.name, person.company, person.is_staff, person.has_usable_password()) == (
        "",
        None,
        False,
        False,
    )
