"""Malformed URLs get an answer, not an error: PostgreSQL accepts no NUL, and Python's dates end in 9999."""

import pytest
from django.urls import reverse

from tests import cast
from tests.signin import staff_client

pytestmark = pytest.mark.django_db

FILTERS = {
    "requests:ask": ("document",),
    "site:answers": ("q", "product", "topic"),
    "desk:requests": ("q", "status", "page"),
    "desk:invite": ("company",),
    "desk:agreements": ("agreement", "version", "q"),
    "log:records": ("action", "person", "subject", "since", "until", "page"),
    "documents:traces": ("page",),
    "account_login": ("next",),
}
NONSENSE = ("\0", "a\0b", "9" * 30, "9999-12-31", "%_\\")
PATHS = (
    "/documents/%00/",
    "/documents/report/read/%00/",
    "/documents/report/read/%00/1/",
    "/documents/report/read/%00/1.jpg",
    "/desk/trace/%00/",
    "/desk/requests/%00/",
    "/access/%00/",
    "/my/agreements/%00/",
    "/my/receipts/grant/%00/",
    "/certifications/%00/",
    "/brand/%00-123456789012.svg",
    "/updates/subscribe/%00/",
    "/updates/subscription/%00/",
    "/updates/subscription/%00/unsubscribe/",
)


@pytest.fixture
def ada(client):
    staff_client(client, cast.ada())
    cast.requestable("report", "restricted")
    return client


@pytest.mark.parametrize("name", FILTERS)
def test_malformed_filter_gets_an_answer(ada, name):
    if name == "account_login":
        ada.logout()
    for parameter in FILTERS[name]:
        for words in NONSENSE:
            assert ada.get(reverse(name), {parameter: words}).status_code == 200, (parameter, words)


@pytest.mark.parametrize("path", PATHS)
def test_malformed_id_is_not_found(ada, path):
    assert ada.get(path).status_code == 404


def test_malformed_documents_are_not_requested(client):
    cast.requestable()
    for words in NONSENSE:
        assert (
            "things need your attention" in client.post(reverse("requests:ask"), {"documents": words}).content.decode()
        )


def test_malformed_ids_in_forms_find_nobody(ada, client):
    rhea = cast.rhea()
    request = cast.open_request(rhea, cast.requestable())
    company = rhea.company_id
    assert company
    assert ada.get(f"/desk/companies/{company}/domains/%00/").status_code == 404
    for words in NONSENSE:
        for path, form in (
            (reverse("desk:assign", args=[request.pk]), {"to": words}),
            (reverse("desk:assign", args=[request.pk]), {"take": "1", "seen": words}),
            (reverse("desk:assign", args=[request.pk]), {"seen": words}),
            (
                reverse("desk:bulk"),
                {"act": "assign", "to": "nobody", "pick": [f"{words}.1", f"{request.pk}.1.{words}"]},
            ),
            (reverse("desk:company_merge", args=[company]), {"other": words}),
            (reverse("requests:end_sessions"), {"session": words}),
            (reverse("requests:stop_following", args=[request.pk]), {"follower": words}),
        ):
            assert ada.post(path, form).status_code in {200, 302, 404, 409}, (path, form)
