"""Subscribing with a code that is typed, changing it, and ending it with one click."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from certifications.models import Subscription, SubscriptionRequest
from certifications.subscribing import flows, routine
from certifications.subscribing.flows import TRIES
from tests import cast
from tests.certifications.subscribing.scene import subscriber
from tests.signin import mailed_code
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db

EMAIL = "rhea@example.com"
TYPED = {"email": EMAIL, "topics": ["incident", "security"], "rhythm": "at_once"}


def words_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_form_beside_the_posts_needs_no_token_and_no_cookie():
    visitor = Client(enforce_csrf_checks=True)
    page = visitor.get("/updates/?category=incident")
    assert not page.cookies and page["Cache-Control"].startswith("public")
    form = page.content.partition(b'action="/updates/subscribe/"')[2].partition(b"</form>")[0]
    assert b"csrf" not in form and form.count(b"checked") == 2 and b"name" in form
    for headers, status in (
        ({"sec-fetch-site": "same-origin"}, 302),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({}, 403),
    ):
        assert visitor.post("/updates/subscribe/", TYPED, headers=headers).status_code == status
    wrong = visitor.post("/updates/subscribe/", TYPED | {"email": "no"}, headers={"sec-fetch-site": "same-origin"})
    assert b'value="no"' in wrong.content and SubscriptionRequest.objects.count() == 1


def test_only_the_typed_code_begins_a_subscription(client):
    page = client.get("/updates/subscribe/?category=incident")
    assert "no-store" in page["Cache-Control"]
    assert page.content.count(b"checked") == 2, "the topic of the link, and at once"
    address = client.post("/updates/subscribe/", TYPED | {"email": "Rhea@Example.com"}).url
    code = mailed_code(EMAIL)
    assert code not in address and address in Mail.objects.get().body
    # A program that opens every link of the mail, and sends its forms as they are, begins nothing.
    assert client.get(address).status_code == 200
    assert "Enter the code" in words_of(client.post(address, {"code": ""}))
    assert "not the code" in words_of(client.post(address, {"code": "AAAA-AAAA"}))
    assert not Subscription.objects.exists()
    # In another browser too, in small letters and without the hyphen.
    elsewhere = Client()
    answer = elsewhere.post(address, {"code": code.lower().replace("-", " ")})
    made = Subscription.objects.get()
    assert made.address == EMAIL and set(made.categories) == {"incident", "security"} and made.due_at is None
    assert answer.url == f"/updates/subscription/{made.token}/" and len(made.token) == 32
    page = words_of(elsewhere.get(answer.url))
    assert "Subscribed." in page and EMAIL in page
    answer = client.post(address, {"code": code})
    assert answer.status_code == 404 and "cannot be used any more" in words_of(answer)


def test_an_address_that_is_known_gets_the_same_words_and_keeps_what_it_has(client):
    known = subscriber(EMAIL, "privacy")
    answers = [client.post("/updates/subscribe/", TYPED | {"email": one}) for one in (EMAIL, "new@example.com")]
    pages = [words_of(client.get(answer.url)) for answer in answers]
    assert pages[0].replace(EMAIL, "new@example.com").split("csrf")[0] == pages[1].split("csrf")[0]
    subjects = set(Mail.objects.values_list("subject", flat=True))
    assert len(subjects) == 1
    assert Subscription.objects.get().categories == ["privacy"]
    client.post(answers[0].url, {"code": mailed_code(EMAIL)})
    changed = Subscription.objects.get()
    assert changed == known and changed.token == known.token and changed.categories == ["security", "incident"]


def test_a_code_is_tried_so_often_and_so_long(client):
    asked = client.post("/updates/subscribe/", TYPED).url
    code = mailed_code(EMAIL)
    for _ in range(TRIES):
        client.post(asked, {"code": "AAAA-AAAA"})
    assert client.post(asked, {"code": code}).status_code == 404
    late = client.post("/updates/subscribe/", TYPED).url
    SubscriptionRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.post(late, {"code": mailed_code(EMAIL)}).status_code == 404
    assert client.get("/updates/subscribe/0000000000000000/").status_code == 404
    assert not Subscription.objects.exists()
    routine.delete_old()
    assert not SubscriptionRequest.objects.exists()


@pytest.mark.once
def test_what_is_wrong_is_said_and_mails_are_limited(client):
    for wrong, sentence in (
        ({"email": "rhea"}, "Enter an e-mail address such as name@example.com."),
        ({"email": ""}, "Enter the e-mail address that should get the posts."),
        ({"topics": []}, "Choose at least one topic."),
        ({"topics": ["gossip"]}, "not one of the available choices"),
        ({"rhythm": "hourly"}, "not one of the available choices"),
    ):
        answer = client.post("/updates/subscribe/", TYPED | wrong)
        assert answer.status_code == 200 and sentence in words_of(answer), wrong
    assert not Mail.objects.exists()
    statuses = [client.post("/updates/subscribe/", TYPED).status_code for _ in range(6)]
    assert statuses == [302] * 5 + [429], "as many as any form may send to one mailbox"


def test_one_click_ends_it_and_opening_the_page_does_not(client):
    mine, other = subscriber(EMAIL), subscriber("otto@example.com")
    page = f"/updates/subscription/{mine.token}/unsubscribe/"
    assert "Unsubscribe" in words_of(client.get(page)) and Subscription.objects.count() == 2
    # A mail program has neither a session nor a token.
    program = Client(enforce_csrf_checks=True)
    for _ in range(2):
        answer = program.post(page, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 200 and "You get no more posts" in words_of(answer)
    assert list(Subscription.objects.all()) == [other]
    # Of a link that has ended and of one that never was, the page says the same.
    ended, never = (client.get(f"/updates/subscription/{one}/") for one in (mine.token, "x" * 32))
    assert ended.status_code == never.status_code == 404
    assert "This subscription has ended, or the link is unknown." in words_of(
        ended
    ) and 'href="/updates/subscribe/"' in words_of(ended)
    assert words_of(ended).replace(mine.token, "x" * 32) == words_of(never)
    unknown = client.get("/updates/subscription/unknown/unsubscribe/")
    assert "You get no more posts" in words_of(unknown)


def test_a_subscriber_changes_topics_and_rhythm(client):
    with translation.override("fr"):
        mine = subscriber(EMAIL, "privacy")
    assert mine.language == "fr"
    page = f"/updates/subscription/{mine.token}/"
    assert EMAIL in words_of(client.get(page))
    answer = client.post(page, {"topics": [], "rhythm": "weekly"})
    assert "Choose at least one topic." in words_of(answer)
    assert Client(enforce_csrf_checks=True).post(page, {"topics": ["general"]}).status_code == 403
    client.post(page, {"topics": ["general", "incident"], "rhythm": "weekly"})
    mine.refresh_from_db()
    assert Subscription.objects.get().categories == ["general", "incident"]
    assert mine.due_at.weekday() == 0 and mine.due_at > timezone.now()
    assert "The next weekly e-mail comes on" in words_of(client.get(page))


@pytest.mark.once
def test_the_next_digest_is_on_the_next_monday_at_eight():
    monday = timezone.now().replace(year=2026, month=11, day=30, hour=7, minute=59, second=0, microsecond=0)
    assert flows.next_digest(monday) == monday.replace(hour=8, minute=0)
    assert flows.next_digest(monday.replace(hour=8, minute=0)) == monday.replace(month=12, day=7, hour=8, minute=0)
    assert flows.next_digest(monday.replace(month=12, day=6)).day == 7


def test_a_person_takes_a_copy_of_their_subscription_and_has_it_erased():
    from ndaflow.privacy.collecting import PARTS

    rhea = cast.rhea()
    subscriber(EMAIL, "privacy")
    subscriber("otto@example.com", "privacy")
    parts = {part.name: part.entries(rhea) for part in PARTS if part.name.startswith("subscription")}
    (entry,) = parts["subscription"]
    assert entry["address"] == EMAIL and "token" not in entry
    assert [one["category"] for one in parts["subscription-topics"]] == ["privacy"]
    flows.forget(EMAIL)
    assert [one.address for one in Subscription.objects.all()] == ["otto@example.com"]
