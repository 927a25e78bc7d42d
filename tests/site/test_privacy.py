"""The privacy notice: the operator's text, or what this product does, linked wherever people type."""

import pytest
from django.urls import reverse

from certifications.models import Profile
from tests import cast
from trustcenter import audit

pytestmark = pytest.mark.django_db

LINK = f'href="{reverse("site:privacy")}"'


@pytest.fixture
def operator():
    return Profile.objects.create(
        name="Trust",
        legal_name="Trust Operations, PBC",
        website="https://trust.example",
        summary="x",
        contact_email="privacy@trust.example",
        as_of="2026-01-01",
    )


def test_the_default_names_the_operator_and_what_is_kept(client, operator):
    page = client.get(reverse("site:privacy")).content.decode()
    for words in ("Trust Operations, PBC", "privacy@trust.example", "E-mails that we sent", "30 days", "copy code"):
        assert words in page


def test_the_operators_own_text_replaces_it(client, operator):
    operator.privacy_notice = "## Our own notice\n\nWe keep *little*. <script>alert(1)</script>"
    with audit.change(by=None) as change:
        operator.save()
        change.public_content_changed = True
    page = client.get(reverse("site:privacy")).content.decode()
    assert "Our own notice" in page and "<em>little</em>" in page and "<script>alert" not in page
    assert "Trust Operations, PBC operates" not in page


@pytest.mark.parametrize("url", ["requests:ask", "account_login", "account_request_login_code"])
def test_the_forms_of_strangers_link_to_it(client, url):
    cast.requestable()
    main = client.get(reverse(url)).content.decode().partition("<main")[2].partition("</main>")[0]
    assert LINK in main


def test_the_forms_of_a_request_link_to_it(client):
    rhea, ada = cast.rhea(), cast.ada()
    cast.nda()
    request = cast.open_request(rhea, cast.requestable())
    cast.flows.ask_question(cast.fresh(request), by=ada, text="Which entity?")
    client.force_login(rhea)
    for name, of in (("requests:request", []), ("requests:sign", ["nda"])):
        main = client.get(reverse(name, args=[request.pk, *of])).content.decode().partition("<main")[2]
        assert LINK in main.partition("</main>")[0]
