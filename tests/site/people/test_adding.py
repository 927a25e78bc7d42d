import re

import pytest

from tests import cast, signin
from trustcenter.accounts import staff
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError, history
from trustcenter.work.models import Mail

ADD = "/desk/people/add/"
FORM = {"name": "Mira Holm", "email": "Mira@Trust.example", "roles": ["approver", "sales"]}


def password_on(page):
    return re.search(r"<code>([a-z0-9-]{19})</code>", page.content.decode())[1]


def test_new_colleague_signs_in_with_the_password_of_the_page(client, ada, other_browser):
    answer = client.post(ADD, FORM)
    assert answer.status_code == 200 and "no-store" in answer["Cache-Control"]
    mira = User.objects.get(email="mira@trust.example")
    assert mira.is_staff and {group.name for group in mira.groups.all()} == {"approver", "sales"}
    signin.type_password(other_browser, mira.email, password_on(answer))
    assert other_browser.get("/desk/").url == "/accounts/2fa/totp/activate/"


def test_password_is_in_no_mail_and_not_in_the_log(client, ada):
    password = password_on(client.post(ADD, FORM))
    mail = Mail.objects.get()
    assert mail.to == "mira@trust.example" and password not in mail.body
    assert "“Ada Approver” (ada@trust.example) has added you" in mail.body and "- Approver\n- Sales" in mail.body
    (entry,) = history.history(User.objects.get(email="mira@trust.example"))
    assert entry.text == (
        "“Ada Approver” (ada@trust.example) added “Mira Holm” (mira@trust.example) to the staff. "
        "Roles: approver and sales"
    )
    assert password not in str(entry.detail)


def test_password_is_shown_once(client, ada):
    password = password_on(client.post(ADD, FORM))
    mira = User.objects.get(email="mira@trust.example")
    assert password not in client.get(f"/desk/people/{mira.pk}/").content.decode()
    assert password not in str(dict(client.session))


def test_requester_who_becomes_a_colleague_keeps_the_history_and_loses_the_session(client, ada, other_browser):
    rhea = cast.rhea()
    other_browser.force_login(rhea)
    client.post(ADD, FORM | {"email": rhea.email})
    rhea.refresh_from_db()
    assert rhea.is_staff and rhea.name == "Mira Holm"
    assert other_browser.get("/my/").url.startswith("/accounts/login/")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"roles": []}, "Choose at least one role."),
        ({"roles": ["king"]}, "Select a valid choice"),
        ({"email": "nobody"}, "Enter an e-mail address such as"),
        ({"name": ""}, "Enter a name."),
        ({"name": "Mira\u202eholm"}, "a character that cannot be seen"),
        ({"email": "ada@trust.example"}, "ada@trust.example is already a member of staff."),
    ],
)
def test_mistake_is_named_and_nothing_typed_is_lost(client, ada, wrong, sentence):
    page = client.post(ADD, FORM | wrong).content.decode()
    assert sentence in page and ("roles" in wrong or page.count(" checked") == 2)
    assert User.objects.count() == 1


def test_flow_refuses_a_colleague_and_oneself(ada, ben):
    for email, reason in ((ben.email, "already a member"), (ada.email, "own account")):
        with pytest.raises(FlowError, match=reason):
            staff.add(email, name="", roles=[staff.Role.SALES], by=ada)
    assert not Mail.objects.exists()


def test_flow_refuses_somebody_without_the_permission(ben):
    with pytest.raises(FlowError, match="do not have permission"):
        staff.add("mira@trust.example", name="", roles=[staff.Role.ADMINISTRATOR], by=ben)
    assert not User.objects.filter(email="mira@trust.example").exists()


def test_password_is_asked_for_again_and_the_form_is_then_taken(client, ada):
    signin.staff_client(client, ada)
    answer = client.post(ADD, FORM)
    assert answer.url.startswith("/accounts/reauthenticate/")
    assert not User.objects.filter(email="mira@trust.example").exists()
    assert client.post(answer.url, {"password": "wrong"}).status_code == 200
    assert not User.objects.filter(email="mira@trust.example").exists()
    page = client.post(answer.url, {"password": signin.PASSWORD, "next": ADD})
    assert password_on(page) and "no-store" in page["Cache-Control"]
    assert User.objects.get(email="mira@trust.example").groups.count() == 2
