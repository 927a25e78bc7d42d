"""`send_code`, which the form for requesting documents calls."""

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


def test_signed_in_person_needs_no_code(request_of, db):
    request = request_of(cast.rhea())
    request.session[codes.NEXT] = "/access/7f3k/"
    assert codes.send_code(request, "Rhea@example.com").url == "/access/7f3k/"
    assert not Mail.objects.exists()


def test_signed_in_person_cannot_switch_to_another_address(request_of, db):
    with pytest.raises(codes.AlreadySignedIn):
        codes.send_code(request_of(cast.rhea()), "vera@example.com")


def test_stated_details_are_not_stored_before_the_code(client, db):
    person = codes.prospect("rhea@example.com")
    assert (person.name, person.company, person.is_staff, person.has_usable_password()) == (
        "",
        None,
        False,
        False,
    )
