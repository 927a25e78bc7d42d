import io
import re

import pytest
from django.core.management import CommandError, call_command

from tests import cast, signin
from trustcenter.accounts.models import User


def run(*arguments):
    out = io.StringIO()
    call_command("staff", *arguments, stdout=out)
    return out.getvalue()


def test_add_creates_staff_with_roles_and_prints_a_password(client, db, sentences):
    said = run("add", "Ada@Trust.example", "--name", "Ada", "--role", "administrator", "--role", "approver")
    ada = User.objects.get(email="ada@trust.example")
    assert ada.is_staff and not ada.is_superuser
    assert set(ada.groups.values_list("name", flat=True)) == {"administrator", "approver"}
    password = re.search(r"One-time password: (\S+)", said)[1]
    assert signin.type_password(client, ada.email, password).status_code == 302
    assert client.get("/admin/").url == "/accounts/2fa/totp/activate/"
    action, detail = sentences()[0]
    assert action == "person.staff_added" and "actor" not in detail
    assert (detail["person"]["email"], detail["roles"]) == ("ada@trust.example", ["administrator", "approver"])
    assert password not in str(sentences())


def test_add_for_existing_staff_sets_a_new_password_and_roles(client, ada):
    signin.staff_client(client, ada)
    cast.person("mira@trust.example", "Mira", "administrator")
    run("add", ada.email, "--role", "sales")
    ada.refresh_from_db()
    assert not ada.check_password(signin.PASSWORD)
    assert [group.name for group in ada.groups.all()] == ["sales"]
    assert client.get("/accounts/2fa/").url.startswith("/accounts/login/")


@pytest.mark.parametrize("arguments", ["not-an-address --role sales", "a@b.example", "a@b.example --role king"])
def test_add_refuses_invalid_arguments(db, arguments):
    with pytest.raises(CommandError):
        run("add", *arguments.split())
    assert not User.objects.exists()


def test_add_refuses_to_take_the_role_of_the_last_administrator(ada):
    with pytest.raises(CommandError, match="last administrator"):
        run("add", ada.email, "--role", "sales")
    assert [group.name for group in ada.groups.all()] == ["administrator"]


def test_start_over_removes_factors_and_sessions(client, other_browser, ada, sentences):
    signin.staff_client(client, ada)
    password = re.search(r"One-time password: (\S+)", run("start-over", ada.email))[1]
    assert client.get("/accounts/2fa/").url.startswith("/accounts/login/")
    signin.type_password(other_browser, ada.email, password)
    assert other_browser.get("/admin/").url == "/accounts/2fa/totp/activate/"
    other_browser.post("/accounts/reauthenticate/", {"password": password})
    assert other_browser.get("/accounts/2fa/totp/activate/").status_code == 200
    assert sentences()[0][0] == "person.factors_reset"


def test_start_over_refuses_prospects(db):
    with pytest.raises(CommandError):
        run("start-over", "rhea@example.com")


def test_list_shows_roles_and_factors(ada, new_colleague):
    assert run("list").splitlines() == [
        "ada@trust.example\tadministrator\tan authenticator app",
        "ben@trust.example\tapprover\tno second factor yet",
    ]


def test_list_without_staff_says_how_to_add_some(db):
    assert "staff add EMAIL --role administrator" in run("list")
