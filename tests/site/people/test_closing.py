from django.test import Client

from documents.models import AccessGrant
from tests import cast, signin
from trustcenter.accounts import staff
from trustcenter.accounts.models import User
from trustcenter.audit import history


def step(client, person, name):
    return client.post(f"/desk/people/{person.pk}/{name}/", follow=True)


def test_closed_colleague_is_out_at_once_and_cannot_sign_in(client, ada, ben, of_ben, other_browser):
    assert of_ben.get("/desk/").status_code == 200
    assert "The account is closed" in step(client, ben, "close").content.decode()
    assert of_ben.get("/desk/").url.startswith("/accounts/login/")
    signin.type_password(other_browser, ben.email)
    assert not signin.is_signed_in(other_browser)
    entry = history.history(ben)[0]
    assert entry.text.startswith("“Ada Approver” (ada@trust.example) changed") and "account closed" in entry.text


def test_sessions_do_not_come_back_with_the_account(client, ada, ben, of_ben):
    """A session is only a row that says who it is of: it would work again once the account is open."""
    step(client, ben, "close")
    assert "The account is open again." in step(client, ben, "reopen").content.decode()
    assert of_ben.get("/desk/").url.startswith("/accounts/login/")
    ben = User.objects.get(pk=ben.pk)
    assert ben.is_active and not ben.has_usable_password() and ben.authenticator_set.exists()
    assert {group.name for group in ben.groups.all()} == {"approver"}
    assert "account open" in history.history(ben)[0].text


def test_closed_requester_reads_nothing_until_the_account_is_open_again(client, ada, ben):
    rhea = cast.rhea()
    User.objects.filter(pk=rhea.pk).update(proven_at=ada.created_at)
    request = cast.granted(rhea, ben, cast.document())
    cast.open_request(rhea, cast.document("caiq"))
    browser = Client()
    browser.force_login(rhea)
    page = client.get(f"/desk/people/{rhea.pk}/").content.decode()
    assert "1 document that is open to" in page and "1 open request stays in the" in page
    step(client, rhea, "close")
    assert browser.get(f"/access/{request.pk}/").url.startswith("/accounts/login/")
    assert AccessGrant.objects.get().ended_at is None, "the grant is there when the account is open again"
    step(client, rhea, "reopen")
    assert browser.get("/my/").url.startswith("/accounts/login/")
    signin.sign_in_by_code(browser, rhea.email)
    assert browser.get(f"/access/{request.pk}/").status_code == 200


def test_question_that_waits_is_counted(client, ada, ben):
    request = cast.open_request(cast.rhea(), cast.document())
    cast.flows.ask_question(request, by=ben, text="Which entity?")
    assert "1 question of theirs still" in client.get(f"/desk/people/{ben.pk}/").content.decode()


def test_closing_twice_is_one_step(client, ada, ben):
    step(client, ben, "close")
    step(client, ben, "close")
    assert len(history.history(ben)) == 1


def test_nobody_closes_their_own_account(client, ada):
    assert "Ask another administrator" in step(client, ada, "close").content.decode()
    assert User.objects.get(pk=ada.pk).is_active


def test_one_time_password_of_a_closed_account_is_gone(client, ada, other_browser):
    mira, password = staff.add("mira@trust.example", name="Mira", roles=[staff.Role.SALES])
    step(client, mira, "close")
    step(client, mira, "reopen")
    signin.type_password(other_browser, mira.email, password)
    assert not signin.is_signed_in(other_browser)


def test_steps_are_posts(client, ada, ben):
    for name in ("roles", "close", "reopen", "start-over"):
        assert client.get(f"/desk/people/{ben.pk}/{name}/").status_code == 405
