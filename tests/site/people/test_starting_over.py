from allauth.mfa.models import Authenticator
from django.urls import reverse

from tests import cast, signin
from tests.site.people.test_adding import password_on
from trustcenter.accounts.models import User
from trustcenter.audit import history
from trustcenter.work.models import Mail


def start_over(client, person, **words):
    return client.post(reverse("people:start_over", args=[person.pk]), **words)


def test_factors_password_and_sessions_go_and_the_page_shows_a_password(client, ada, ben, of_ben, other_browser):
    answer = start_over(client, ben)
    assert answer.status_code == 200 and "no-store" in answer["Cache-Control"]
    assert not Authenticator.objects.filter(user=ben).exists()
    assert of_ben.get("/desk/").url.startswith("/accounts/login/")
    signin.type_password(other_browser, ben.email)
    assert not signin.is_signed_in(other_browser)
    signin.type_password(other_browser, ben.email, password_on(answer))
    assert other_browser.get("/desk/").url == "/accounts/2fa/totp/activate/"
    assert history.history(ben)[-1].text == (
        "“Ada Approver” (ada@trust.example) removed the password and all second factors of "
        "“Ben Approver” (ben@trust.example)"
    )


def test_mail_tells_the_colleague_and_does_not_hold_the_password(client, ada, ben):
    password = password_on(start_over(client, ben))
    mail = Mail.objects.get()
    assert mail.to == ben.email and "“Ada Approver” (ada@trust.example) removed your password" in mail.body
    assert password not in mail.body and "tell another administrator at once" in mail.body


def test_last_password_that_was_shown_is_the_one_that_works(client, ada, ben, other_browser):
    """A double click makes two; the browser shows the second."""
    first, second = password_on(start_over(client, ben)), password_on(start_over(client, ben))
    signin.type_password(other_browser, ben.email, first)
    assert not signin.is_signed_in(other_browser)
    signin.type_password(other_browser, ben.email, second)
    assert other_browser.get("/desk/").url == "/accounts/2fa/totp/activate/"


def test_nobody_resets_their_own_sign_in(client, ada):
    page = start_over(client, ada, follow=True).content.decode()
    assert "Ask another administrator" in page and Authenticator.objects.filter(user=ada).exists()


def test_requester_and_closed_colleague_have_nothing_to_reset(client, ada, ben):
    rhea = cast.rhea()
    User.objects.filter(pk=rhea.pk).update(proven_at=ada.created_at)
    User.objects.filter(pk=ben.pk).update(is_active=False)
    for person in (rhea, ben):
        assert (
            "not a member of staff, or the account is closed"
            in start_over(client, person, follow=True).content.decode()
        )
    assert not Mail.objects.exists()


def test_password_is_asked_for_again(client, ada, ben):
    signin.staff_client(client, ada)
    answer = start_over(client, ben)
    assert answer.url.startswith("/accounts/reauthenticate/") and Authenticator.objects.filter(user=ben).exists()
    address = reverse("people:start_over", args=[ben.pk])
    assert password_on(client.post(answer.url, {"password": signin.PASSWORD, "next": address}))
