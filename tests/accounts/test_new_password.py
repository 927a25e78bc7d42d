import re

from tests import signin
from trustcenter.work.models import Mail

NEW = "seven quiet lanterns"


def reset(client, email):
    client.post("/accounts/password/reset/", {"email": email})
    code = re.search(signin.CODE, Mail.objects.filter(to=email).first().body)[1]
    client.post("/accounts/password/reset/confirm/", {"code": code})
    return client.post("/accounts/password/reset/complete/", {"password1": NEW, "password2": NEW})


def test_password_reset_still_asks_for_the_second_factor(client, ada):
    assert reset(client, ada.email).url == "/accounts/password/reset/done/"
    assert client.get("/accounts/password/reset/done/").status_code == 200
    assert not signin.is_signed_in(client)
    assert signin.type_password(client, ada.email, NEW).url == "/accounts/2fa/authenticate/"


def test_new_password_ends_all_other_sessions(client, other_browser, ada):
    signin.staff_client(other_browser, ada)
    reset(client, ada.email)
    assert other_browser.get("/accounts/2fa/").url.startswith("/accounts/login/")


def test_staff_without_a_factor_get_no_code(client, new_colleague):
    client.post("/accounts/password/reset/", {"email": new_colleague.email})
    assert not signin.CODE.search(Mail.objects.get(to=new_colleague.email).body)


def test_weak_password_is_refused(client, ada):
    client.post("/accounts/password/reset/", {"email": ada.email})
    code = signin.mailed_code(ada.email)
    client.post("/accounts/password/reset/confirm/", {"code": code})
    page = client.post("/accounts/password/reset/complete/", {"password1": "password123", "password2": "password123"})
    assert page.status_code == 200 and page.context["form"].errors


def test_wrong_codes_end_the_attempt(client, ada):
    client.post("/accounts/password/reset/", {"email": ada.email})
    for _ in range(3):
        client.post("/accounts/password/reset/confirm/", {"code": "BBBB-BBBB"})
    code = signin.mailed_code(ada.email)
    assert client.post("/accounts/password/reset/confirm/", {"code": code}).url == "/accounts/login/"


def test_sign_out_ignores_a_next_url_of_another_site(client, ada):
    signin.staff_client(client, ada)
    assert client.post("/accounts/logout/", {"next": "/\\evil.example"}).url == "/accounts/signed-out/"


def test_sign_out_requires_post(client, ada):
    signin.staff_client(client, ada)
    assert client.get("/accounts/logout/").status_code == 200
    assert signin.is_signed_in(client)
    assert client.post("/accounts/logout/").url == "/accounts/signed-out/"
    assert not signin.is_signed_in(client)
