import re

import pytest
from django.conf import settings
from django.urls import reverse

from ndaflow.requests.models import AccessRequest, RequestStatus
from tests import cast
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ASK = {"name": "Rhea Diaz", "company_name": "Example Corp", "reason": "Vendor review."}
CONFIRM = "account_confirm_login_code"


def ask(client, email="rhea@example.com", headers=None, **changes):
    form = {**ASK, "email": email, "documents": ["soc-2-type-ii-report"], **changes}
    return client.post(reverse("requests:ask"), form, headers=headers)


def code_in_mail(email: str) -> str:
    body = Mail.objects.filter(to=email).order_by("-created_at").first().body
    return re.search(r"^\s*([A-Z0-9-]{6,12})\s*$", body, re.MULTILINE)[1]


def test_reason_may_be_as_long_as_the_browser_allows(client):
    cast.requestable()
    typed = "\r\n".join(["x" * 99] * 20)
    assert ask(client, reason=typed).status_code == 302
    assert AccessRequest.objects.get().reason == typed.replace("\r", "")


def test_request_takes_one_form_and_one_code(client):
    cast.ada()
    cast.requestable()
    assert client.get(reverse("requests:ask") + "?document=soc-2-type-ii-report").status_code == 200
    asked = ask(client)
    assert asked.status_code == 302 and asked.url == reverse(CONFIRM)
    proven = client.post(asked.url, {"code": code_in_mail("rhea@example.com")})
    request = AccessRequest.objects.get()
    assert request.status == RequestStatus.OPEN
    assert proven.url == reverse("requests:request", args=[request.pk])
    page = client.get(proven.url)
    assert b"We are preparing the agreement" in page.content, "no agreement is published yet"
    cast.nda()
    assert b"Your turn: sign the Mutual NDA" in client.get(proven.url).content


def test_mistyped_address_is_changed_without_typing_the_rest_again(client):
    cast.requestable(), cast.requestable("pentest", "restricted")
    typo = ask(client, email="rhea@exmaple.com")
    assert "Change your request" in client.get(typo.url).content.decode()
    page = client.get(reverse("requests:ask")).content.decode()
    for typed in ("rhea@exmaple.com", "Rhea Diaz", "Example Corp", "Vendor review."):
        assert typed in page
    assert page.count(" checked") == 1
    # A link to another document chooses that one; what was typed stays.
    page = client.get(reverse("requests:ask") + "?document=pentest").content.decode()
    assert re.search(r'value="pentest"[^>]* checked', page) and page.count(" checked") == 1 and "Rhea Diaz" in page
    assert client.post(ask(client).url, {"code": code_in_mail("rhea@example.com")}).status_code == 302
    # Nothing of it is left for the next request of this browser, nor for another browser.
    assert "Vendor review." not in client.get(reverse("requests:ask")).content.decode()
    assert "Rhea Diaz" not in type(client)().get(reverse("requests:ask")).content.decode()


@pytest.mark.parametrize("who", ["unknown", "known", "denied", "granted", "staff", "inactive"])
def test_every_address_gets_the_same_answer(client, who):
    """Comp AI and Anecdotes answered differently for known addresses, which showed strangers who is a prospect."""
    soc2 = cast.requestable()
    email = "rhea@example.com"
    match who:
        case "known":
            cast.rhea()
        case "denied":
            request = cast.open_request(cast.rhea(), soc2)
            cast.flows.deny(request, by=cast.ada(), reason="No.")
        case "granted":
            cast.granted(cast.rhea(), cast.ada(), soc2)
        case "staff":
            email = cast.ben().email
        case "inactive":
            rhea = cast.rhea()
            rhea.is_active = False
            rhea.save()
    asked = ask(client, email)
    assert (asked.status_code, asked.url) == (302, reverse(CONFIRM))
    page = client.get(asked.url)
    assert page.status_code == 200
    words = page.content.decode().replace(email, "ADDRESS")
    words = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", words)
    reference = _reference_page(type(client)())
    assert words == reference


def _reference_page(client) -> str:
    page = client.get(ask(client, "nobody@nowhere.example").url).content.decode()
    page = page.replace("nobody@nowhere.example", "ADDRESS")
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)


def test_draft_of_another_browser_is_not_opened(client):
    """Signing in must not open a draft that a stranger made with this person's address."""
    cast.requestable()
    stranger = type(client)()
    ask(stranger)
    asked = client.post(reverse("account_request_login_code"), {"email": "rhea@example.com"})
    client.post(asked.url, {"code": code_in_mail("rhea@example.com")})
    assert AccessRequest.objects.get().status == RequestStatus.DRAFT


def test_code_mail_has_no_link(client):
    """Mail scanners follow every link, so the mail has none."""
    cast.requestable()
    ask(client)
    body = Mail.objects.get(to="rhea@example.com").body
    assert "http" not in body.replace(settings.SITE_URL, "")
    assert "code" not in "".join(re.findall(r"https?://\S+", body))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"documents": []}, "Choose at least one document"),
        ({"documents": ["no-such"]}, "is not one of the available choices"),
        ({"documents": ["iso-certificate"]}, "is not one of the available choices"),
        ({"email": "not an address"}, "Enter an e-mail address"),
        ({"name": ""}, "Enter your name."),
        ({"reason": "x" * 2001}, "at most 2000"),
    ],
)
def test_invalid_input_gets_a_sentence_and_keeps_the_typed_text(client, changes, sentence):
    cast.requestable()
    cast.requestable("iso-certificate", "public")
    page = ask(client, **changes)
    assert page.status_code == 200
    assert sentence in page.content.decode()
    assert b"Example Corp" in page.content
    assert not AccessRequest.objects.exists()


def test_rate_limit_applies_before_anything_is_written(client):
    cast.requestable()
    answers = [ask(client, f"p{n}@example.com").status_code for n in range(45)]
    assert answers.count(429) == 5 + answers[:40].count(429)
    assert AccessRequest.objects.count() <= 40
    assert Record.objects.filter(action=Action.REQUEST_DRAFTED).count() == AccessRequest.objects.count()


def test_rate_limit_per_address_applies_to_all_networks(client, settings):
    settings.TRUSTED_PROXIES = 1
    cast.requestable()
    for number in range(12):
        ask(client, headers={"x-forwarded-for": f"198.51.100.{number}"})
    assert AccessRequest.objects.count() <= 8
    assert Mail.objects.filter(to="rhea@example.com").count() <= 8


def test_signed_in_person_is_not_asked_for_their_address(client):
    rhea = cast.rhea()
    cast.requestable()
    client.force_login(rhea)
    assert b'name="email"' not in client.get(reverse("requests:ask")).content
    asked = ask(client, email="otto@outsider.example")
    request = AccessRequest.objects.get()
    assert asked.url == reverse("requests:request", args=[request.pk])
    assert (request.requester, request.email) == (rhea, rhea.email)


def test_csrf_token_is_required():
    from django.test import Client

    cast.requestable()
    assert ask(Client(enforce_csrf_checks=True)).status_code == 403
