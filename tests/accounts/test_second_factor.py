import re
import time
from datetime import timedelta

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.utils import timezone

from tests import cast, signin
from trustcenter.accounts.models import User
from trustcenter.work.models import Mail

SETUP = "/accounts/2fa/totp/activate/"


def test_staff_sign_in_with_password_and_app(client, ada, sentences):
    assert signin.type_password(client, ada.email).url == "/accounts/2fa/authenticate/"
    assert not signin.is_signed_in(client)
    signin.type_app_code(client, signin.app_code(ada))
    assert signin.is_signed_in(client)
    assert client.get("/accounts/2fa/").status_code == 200
    action, detail = sentences()[-1]
    assert (action, detail["method"]) == ("person.signed_in", ["password", "totp"])


def test_staff_client_has_the_same_session_as_a_real_sign_in(client, other_browser, ada):
    signin.type_password(client, ada.email)
    signin.type_app_code(client, signin.app_code(ada))
    signin.staff_client(other_browser, ada)
    for browser in (client, other_browser):
        proofs = browser.session[AUTHENTICATION_METHODS_SESSION_KEY]
        assert [proof["method"] for proof in proofs] == ["password", "mfa"]


def test_password_alone_does_not_sign_in_a_person_with_a_factor(client, ada):
    signin.type_password(client, ada.email)
    assert not signin.is_signed_in(client)
    assert client.get("/accounts/2fa/").url.startswith("/accounts/login/")


def test_code_of_the_app_works_once(client, other_browser, ada):
    code = signin.app_code(ada)
    signin.type_password(client, ada.email)
    signin.type_app_code(client, code)
    signin.type_password(other_browser, ada.email)
    assert b"This code is not correct" in signin.type_app_code(other_browser, code).content
    assert not signin.is_signed_in(other_browser)


def test_recovery_code_works_once(client, other_browser, ada):
    code = RecoveryCodes.activate(ada).get_unused_codes()[0]
    signin.type_password(client, ada.email)
    signin.type_app_code(client, code)
    assert signin.is_signed_in(client)
    signin.type_password(other_browser, ada.email)
    signin.type_app_code(other_browser, code)
    assert not signin.is_signed_in(other_browser)


@pytest.mark.once
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "path", ["/admin/", "/accounts/2fa/", "/accounts/password/change/", "/readyz", "/accounts/login/"]
)
def test_staff_without_a_factor_reach_only_the_page_to_add_one(client, new_colleague, method, path):
    signin.type_password(client, new_colleague.email)
    answer = getattr(client, method)(path)
    assert (answer.status_code, answer.url) == (302, SETUP)


def test_staff_without_a_factor_can_sign_out(client, new_colleague):
    signin.type_password(client, new_colleague.email)
    client.post("/accounts/logout/")
    assert not signin.is_signed_in(client)


def test_new_colleague_adds_an_app_and_chooses_a_password(racing, client, new_colleague, sentences):
    # Needs real transactions: allauth sends its signal about the new factor on commit.
    signin.type_password(client, new_colleague.email)
    again = client.get(SETUP).url
    assert again.startswith("/accounts/reauthenticate/")
    assert "Type the one-time password that you were given." in client.get(again).content.decode()
    client.post(f"/accounts/reauthenticate/?next={SETUP}", {"password": signin.PASSWORD})
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", client.get(SETUP).content.decode())[1]
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    assert client.post(SETUP, {"code": code}).url == "/accounts/2fa/recovery-codes/"
    # Adding the app took a code from it, so the session counts as proved with it.
    page = client.get("/accounts/2fa/recovery-codes/")
    assert len(re.findall(rb"<code>\d{8}</code>", page.content)) == 10
    assert "Continue: choose your password" in page.content.decode()
    assert "person.factor_added" in [action for action, _ in sentences()]
    assert Mail.objects.get(to=new_colleague.email).subject == "Your sign-in settings have changed"
    for page in ("/admin/", "/accounts/2fa/", SETUP):
        assert client.get(page).url == "/accounts/password/change/"
    page = client.get("/accounts/password/change/").content.decode()
    assert "Your current password is the one-time password that you were given." in page
    new = "seven quiet lanterns"
    client.post("/accounts/password/change/", {"oldpassword": signin.PASSWORD, "password1": new, "password2": new})
    new_colleague.refresh_from_db()
    assert new_colleague.one_time_password_until is None and new_colleague.check_password(new)
    assert "Go to the desk" in client.get("/accounts/2fa/").content.decode()


def test_factor_added_in_another_session_is_required_in_this_one(client, new_colleague):
    signin.type_password(client, new_colleague.email)
    signin.give_app(new_colleague)
    answer = client.get("/admin/")
    assert answer.url == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2F"
    assert client.get(SETUP).url == "/accounts/2fa/reauthenticate/?next=%2Faccounts%2F2fa%2Ftotp%2Factivate%2F"
    client.post(answer.url, {"code": signin.app_code(new_colleague)})
    assert client.get("/accounts/2fa/").url == "/accounts/password/change/"


def test_mailed_code_does_not_sign_in_staff(client, db):
    rhea = cast.rhea()
    signin.ask_for_code(client, rhea.email)
    User.objects.filter(pk=rhea.pk).update(is_staff=True)
    answer = signin.type_code(client, signin.mailed_code(rhea.email))
    assert answer.url == "/accounts/login/"
    assert not signin.is_signed_in(client)


def test_becoming_staff_ends_earlier_sessions(client, db):
    rhea = cast.rhea()
    signin.sign_in_by_code(client, rhea.email)
    User.objects.filter(pk=rhea.pk).update(is_staff=True)
    assert client.get("/accounts/2fa/").url == "/accounts/login/"
    assert not signin.is_signed_in(client)


def test_staff_session_without_proofs_is_refused(client, ada):
    client.force_login(ada)
    assert client.get("/admin/").url == "/accounts/login/"
    assert not signin.is_signed_in(client)


def test_code_and_second_factor_without_password_are_not_enough(client, ada):
    signin.with_proofs(client, ada, "code", "mfa")
    assert client.get("/admin/").url == "/accounts/login/"


def test_proofs_of_another_person_are_refused(client, ada):
    signin.staff_client(client, cast.ben())
    session = client.session
    session["_auth_user_id"] = ada.pk
    session["_auth_user_hash"] = ada.get_session_auth_hash()
    session.save()
    assert client.get("/admin/").url == "/accounts/login/"


def test_changing_factors_asks_for_the_password_again(client, ada):
    signin.staff_client(client, ada)
    for path in ["2fa/totp/deactivate/", "2fa/passkeys/add/", "2fa/recovery-codes/generate/"]:
        for method in (client.get, client.post):
            assert method(f"/accounts/{path}").url.startswith("/accounts/reauthenticate/")
    assert Authenticator.objects.filter(user=ada, type="totp").exists()


def test_second_factors_are_encrypted_in_the_database(ada):
    stored = Authenticator.objects.get(user=ada).data["secret"]
    assert len(stored) > 80 and stored.startswith("gAAAA")


def test_factors_are_readable_after_the_secret_key_changes(client, ada, settings):
    old = settings.SECRET_KEY
    code = signin.app_code(ada)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = (
        "another-key-of-some-length-for-this-test-only",
        [old],
    )
    signin.type_password(client, ada.email)
    signin.type_app_code(client, code)
    assert signin.is_signed_in(client)


def test_passkey_pages_render_without_inline_script(client, other_browser, ada):
    signin.type_password(other_browser, ada.email)
    signin.staff_client(client, ada)
    client.post("/accounts/reauthenticate/?next=/accounts/2fa/", {"password": signin.PASSWORD})
    for browser, path in [
        (client, "/accounts/2fa/passkeys/"),
        (client, "/accounts/2fa/passkeys/add/"),
        (other_browser, "/accounts/2fa/authenticate/"),
    ]:
        page = browser.get(path)
        assert page.status_code == 200
        for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", page.content.decode(), re.DOTALL):
            assert 'type="application/json"' in attributes or ("src=" in attributes and not body.strip())
    options = client.get("/accounts/2fa/passkeys/add/").context["js_data"]["creation_options"]["publicKey"]
    assert options["authenticatorSelection"]["userVerification"] == "required"


def test_passkey_sign_in_sends_a_challenge_and_refuses_an_invalid_answer(client, ada):
    options = client.get("/accounts/2fa/passkeys/login/", headers={"accept": "application/json"}).json()
    assert options["request_options"]["publicKey"]["userVerification"] == "required"
    client.post("/accounts/2fa/passkeys/login/", {"credential": "{}"})
    assert not signin.is_signed_in(client)


def test_staff_session_ends_after_twelve_hours_even_if_used(client, ada, monkeypatch):
    signin.staff_client(client, ada)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 12 * 3600 + 1)
    assert client.get("/admin/").url == "/accounts/login/?next=%2Fadmin%2F"
    assert not signin.is_signed_in(client)


def test_one_time_password_expires(client, new_colleague):
    new_colleague.one_time_password_until = timezone.now() - timedelta(seconds=1)
    new_colleague.save()
    assert signin.type_password(client, new_colleague.email).url == "/accounts/login/"
    assert not signin.is_signed_in(client)
