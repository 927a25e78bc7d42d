import re

import pytest
from django.contrib.auth.models import Group

from tests import cast, signin
from tests.admin_pages import save, seen, seen_in
from trustcenter.accounts.models import Company, User


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


def test_address_with_a_nul_is_not_found(client, ada):
    """PostgreSQL fails on a NUL instead of finding nothing."""
    User.objects.filter(pk=ada.pk).update(is_superuser=True)
    signin.staff_client(client, ada)
    for page in ["accounts/user/%00/change/", "accounts/user/%00/", "accounts/user/?email=%00"]:
        assert client.get(f"/admin/{page}").status_code == 404, page


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


def test_admin_changes_a_name_and_neither_roles_nor_the_account(client, ada, new_colleague, sentences):
    """Roles and accounts are changed at the desk, which asks for the password again and keeps an administrator."""
    signin.staff_client(client, ada)
    sales = Group.objects.get(name="sales")
    form = {"name": "Benjamin", "groups": [sales.pk], "email": "other@trust.example", "is_staff": "", "is_active": ""}
    save(client, new_colleague, form)
    ben = User.objects.get(pk=new_colleague.pk)
    assert (ben.name, ben.email, ben.is_staff, ben.is_active) == ("Benjamin", "ben@trust.example", True, True)
    assert [group.name for group in ben.groups.all()] == ["approver"]
    action, detail = sentences()[-1]
    assert (action, detail["actor"]["name"]) == ("person.account_changed", "Ada Approver")
    assert (detail["person"]["name"], detail["account"], detail["roles"]) == ("Benjamin", "open", ["approver"])


def test_page_that_has_grown_old_does_not_undo_a_change(client, ada, new_colleague, sentences):
    signin.staff_client(client, ada)
    old = {"name": "Benjamin", "seen": seen(client, new_colleague)}
    save(client, new_colleague, {"name": "Ben Holm"})
    page = save(client, new_colleague, old).content.decode()
    assert "Somebody has changed this since you opened the page." in page and 'value="Benjamin"' in page
    # The page that came back is as old as it was, and so is one that does not say what it showed.
    for form in (old | {"seen": seen_in(page)}, old | {"seen": ""}):
        save(client, new_colleague, form)
    new_colleague.refresh_from_db()
    assert new_colleague.name == "Ben Holm"
    assert [action for action, _detail in sentences()].count("person.account_changed") == 1


def test_admin_only_finds_companies(client, ada):
    signin.staff_client(client, ada)
    company = Company.objects.create(legal_name="Example Corp")
    assert "Example Corp" in client.get("/admin/accounts/company/?q=Example").content.decode()
    for path in ("add", f"{company.pk}/delete"):
        assert client.get(f"/admin/accounts/company/{path}/").status_code == 403
    assert client.post(f"/admin/accounts/company/{company.pk}/change/", {"legal_name": "Other"}).status_code == 403
    assert Company.objects.get().legal_name == "Example Corp"


def test_admin_neither_adds_nor_deletes_people(client, ada):
    signin.staff_client(client, ada)
    assert client.get("/admin/accounts/user/add/").status_code == 403
    assert client.get(f"/admin/accounts/user/{ada.pk}/delete/").status_code == 403
    assert client.get(f"/admin/accounts/user/{ada.pk}/password/").status_code in {302, 404}
