"""One statement reads who is signed in and what they may do, and every request asks it again."""

import pytest
from django.contrib.auth.models import Group

from tests import cast, signin
from trustcenter.accounts.models import Session, User

pytestmark = pytest.mark.django_db
QUEUE = "/desk/"


def answers(client):
    return client.get(QUEUE).status_code


def test_what_was_taken_away_is_gone_with_the_next_request(client):
    ada, ben = cast.ada(), cast.ben()
    signin.staff_client(client, ben)
    assert answers(client) == 200
    ben.groups.clear()
    assert answers(client) == 403
    ben.groups.add(Group.objects.get(name="approver"))
    assert answers(client) == 200
    User.objects.filter(pk=ben.pk).update(is_superuser=True)
    ben.groups.clear()
    assert answers(client) == 200, "a superuser needs no role"
    User.objects.filter(pk=ben.pk).update(is_active=False)
    assert answers(client) == 302
    User.objects.filter(pk=ben.pk).update(is_active=True, is_superuser=False)
    ben.groups.add(Group.objects.get(name="approver"))
    signin.staff_client(client, ben)
    # The person who is named in the row but not in the session itself is not signed in.
    Session.objects.update(person=ada)
    page = client.get("/account/").content.decode() + client.get(QUEUE).content.decode()
    assert "Ada Approver" not in page and answers(client) == 200
    Session.objects.update(person=None)
    assert answers(client) == 200
    User.objects.filter(pk=ben.pk).update(password="another")
    assert answers(client) == 302
    signin.staff_client(client, User.objects.get(pk=ben.pk))
    assert answers(client) == 200
    Session.objects.all().delete()
    assert answers(client) == 302


def test_permissions_come_with_the_session(client, django_assert_num_queries):
    ben = cast.ben()
    signin.staff_client(client, ben)
    request = client.get(QUEUE).wsgi_request
    with django_assert_num_queries(0):
        found = request.user.get_all_permissions()
    assert found == User.objects.get(pk=ben.pk).get_all_permissions() and "ndaflow.decide_accessrequest" in found
