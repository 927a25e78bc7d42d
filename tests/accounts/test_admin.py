import re

import pytest
from django.contrib.auth.models import Group

from tests import cast, signin
from trustcenter.accounts.models import User


def test_staff_with_both_factors_reach_the_admin(client, ada):
    signin.staff_client(client, ada)
    page = client.get("/admin/")
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]


def test_admin_redirects_anonymous_visitors_to_our_sign_in(client, db):
    for path in ["/admin/", "/admin/login/", "/admin/accounts/user/"]:
        assert client.get(path, follow=True).redirect_chain[-1][0].startswith("/accounts/login/")


def test_admin_login_form_accepts_no_password(client, ada):
    client.post("/admin/login/?next=/admin/", {"username": ada.email, "password": signin.PASSWORD})
    assert not signin.is_signed_in(client)


def test_admin_refuses_prospects(client, db):
    client.force_login(cast.rhea())
    assert client.get("/admin/", follow=True).status_code == 403


@pytest.mark.parametrize("page", ["mfa/authenticator/", "account/emailaddress/", "auth/group/"])
def test_admin_has_no_pages_for_factors_addresses_and_groups(client, ada, page):
    """Not even for a superuser, who could move factors and addresses between people without a record."""
    User.objects.filter(pk=ada.pk).update(is_superuser=True)
    signin.staff_client(client, ada)
    assert client.get("/admin/").status_code == 200
    assert client.get(f"/admin/{page}").status_code == 404


def test_admin_pages_have_no_inline_script_or_style(client, ada):
    signin.staff_client(client, ada)
    for path in [
        "/admin/",
        "/admin/accounts/user/",
        f"/admin/accounts/user/{ada.pk}/change/",
        "/admin/accounts/company/add/",
    ]:
        html = client.get(path).content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=", html), path
        for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", html, re.DOTALL):
            assert "src=" in attributes or "json" in attributes or not body.strip(), path


def test_administrator_changes_roles_and_the_change_is_recorded(client, ada, new_colleague, sentences):
    signin.staff_client(client, ada)
    sales = Group.objects.get(name="sales")
    client.post(
        f"/admin/accounts/user/{new_colleague.pk}/change/",
        {
            "name": "Ben",
            "company": "",
            "is_active": "on",
            "groups": [sales.pk],
            "email": "other@trust.example",
            "is_staff": "",
        },
    )
    new_colleague.refresh_from_db()
    assert [group.name for group in new_colleague.groups.all()] == ["sales"]
    assert (new_colleague.email, new_colleague.is_staff) == ("ben@trust.example", True)
    action, detail = sentences()[-1]
    assert (action, detail["actor"]["name"]) == ("person.account_changed", "Ada Approver")
    assert (detail["person"]["email"], detail["account"], detail["roles"]) == ("ben@trust.example", "open", ["sales"])


def test_admin_gives_no_role_to_a_prospect(client, ada):
    rhea = cast.rhea()
    administrators = Group.objects.get(name="administrator")
    signin.staff_client(client, ada)
    client.post(
        f"/admin/accounts/user/{rhea.pk}/change/",
        {
            "name": "Rhea",
            "is_active": "on",
            "groups": [administrators.pk],
            "is_staff": "on",
        },
    )
    rhea = User.objects.get(pk=rhea.pk)
    assert not rhea.is_staff and not rhea.groups.exists()


def test_admin_neither_adds_nor_deletes_people(client, ada):
    signin.staff_client(client, ada)
    assert client.get("/admin/accounts/user/add/").status_code == 403
    assert client.get(f"/admin/accounts/user/{ada.pk}/delete/").status_code == 403
    assert client.get(f"/admin/accounts/user/{ada.pk}/password/").status_code in {302, 404}
