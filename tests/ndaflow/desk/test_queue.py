"""The queue: which requests, in which order, with owner, risks and the time left."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ndaflow.desk import queue, queue_page, time_left
from ndaflow.desk.queue import Chosen, Filter
from ndaflow.duty import flows as duty
from ndaflow.duty.hours import business_time
from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest
from tests import cast
from tests.signin import staff_client

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 3, 3, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = TUESDAY

    monkeypatch.setattr(timezone, "now", lambda: Clock.now)
    return Clock


@pytest.fixture
def ada(client):
    person = cast.ada()
    staff_client(client, person)
    return person


def shown(client, **query) -> list[str]:
    """The names on the page, in their order."""
    page = client.get(reverse("desk:requests"), query).content.decode()
    places = {name: page.find(f">“{name}”</a>") for name in AccessRequest.objects.values_list("email", flat=True)}
    return [name for name in sorted(places, key=places.__getitem__) if places[name] >= 0]


def named(request: AccessRequest) -> AccessRequest:
    """The request with its address as its name, which is how `shown` finds it."""
    AccessRequest.objects.filter(pk=request.pk).update(name=request.email)
    return request


def test_least_time_left_comes_first_and_what_waits_for_others_last(client, clock):
    ben, report, plan = cast.ben(), cast.document(), cast.document("pentest", "restricted")
    rhea, vera, otto = cast.rhea(), cast.vera(), cast.otto()
    slow = named(cast.open_request(vera, plan))
    asked = named(cast.open_request(rhea, report))
    flows.ask_question(cast.fresh(asked), by=ben, text="Which entity?")
    clock.now = TUESDAY + HOUR
    quick = named(cast.open_request(otto, report))
    clock.now = TUESDAY + 25 * HOUR
    staff_client(client, cast.ada())
    assert shown(client) == [quick.email, slow.email, asked.email]
    assert shown(client, sort="new")[0] == quick.email
    page = client.get(reverse("desk:requests")).content.decode()
    # Opened at ten on Tuesday, due at ten on Wednesday; nine to five.
    assert "0 min" in page and "Clock stopped" in page and '<rect width="100"' in page
    clock.now = TUESDAY + 25 * HOUR + timedelta(minutes=40)
    assert "40 min over" in client.get(reverse("desk:requests")).content.decode()


def test_each_filter_shows_its_requests_and_their_number(client, ada, clock):
    ben, report = cast.ben(), cast.document()
    mine = flows.assign(cast.open_request(cast.rhea(), report), by=ada, to=ada)
    bens = flows.assign(cast.open_request(cast.vera(), report), by=ben, to=ben)
    free = cast.open_request(cast.person("freddy@gmx.net", "Freddy"), report)
    for one in (mine, bens, free):
        named(one)
    flows.ask_question(cast.fresh(bens), by=ben, text="Which entity?")
    clock.now = TUESDAY + 30 * HOUR
    expected = {
        "open": {mine.email, bens.email, free.email},
        "mine": {mine.email},
        "unowned": {free.email},
        "late": {mine.email, free.email},
        "warned": {free.email},
        "us": {mine.email, free.email},
        "them": {bens.email},
        "second": set(),
        "decided": set(),
    }
    assert {status: set(shown(client, status=status)) for status in expected} == expected
    counts = queue.counts(mine={ada.pk}, by=ada, instant=clock.now).filters
    assert {one.value: n for one, n in counts.items()} == {
        status: len(found) for status, found in expected.items() if status != "decided"
    }


@pytest.mark.parametrize("most", [500, 1])
def test_search_finds_and_counts_few_and_many(client, ada, monkeypatch, most):
    monkeypatch.setattr(queue, "MOST_KEYS", most)
    monkeypatch.setattr(queue_page, "PAGE", 2)
    report = cast.document()
    for number in range(3):
        named(cast.open_request(cast.person(f"p{number}@corp.example", f"P{number}"), report))
    named(cast.open_request(cast.otto(), report))
    found = client.get(reverse("desk:requests"), {"q": "corp.example", "page": "2"})
    assert found.context["page"].paginator.count == 3
    assert [line.request.email for line in found.context["lines"]] == ["p2@corp.example"]
    assert shown(client, q="outsider") == ["otto@outsider.example"] and shown(client, q="nobody") == []


def test_deputy_finds_the_requests_of_who_is_away_among_their_own(client, ada):
    ben = cast.ben()
    request = named(flows.assign(cast.open_request(cast.rhea(), cast.document()), by=ben, to=ben))
    assert shown(client, status="mine") == []
    duty.be_away(timezone.localdate(), timezone.localdate(), ada, by=ben)
    assert shown(client, status="mine") == [request.email]
    assert "away, Ada" in client.get(reverse("desk:requests")).content.decode()


def test_unowned_request_is_taken_from_the_queue(client, ada):
    request = cast.open_request(cast.rhea(), cast.document())
    address = reverse("desk:assign", args=[request.pk])
    assert address in client.get(reverse("desk:requests")).content.decode()
    assert client.get(address).status_code == 405
    # As the queue sends it: its button stands in the form that has a colleague to choose.
    page = client.post(address, {"take": "1", "to": ""}, follow=True).content.decode()
    assert "Assigned to “Ada Approver” (ada@trust.example)." in page and "(you)" in page
    assert cast.fresh(request).owner == ada
    # A colleague whose page is older than that does not take it away again.
    other = Client()
    staff_client(other, cast.ben())
    page = other.post(address, {"take": "1", "to": ""}, follow=True).content.decode()
    assert "Assigned to" not in page and cast.fresh(request).owner == ada
    page = other.post(address, {"to": cast.User.objects.get(email="ben@trust.example").pk, "seen": ""}, follow=True)
    assert cast.fresh(request).owner == ada
    assert "Choose a colleague." in client.post(address, {"to": "nobody-here"}, follow=True).content.decode()
    page = client.post(reverse("desk:assign", args=["0" * 16]), follow=True).content.decode()
    assert "no longer exists" in page


def test_queue_shows_the_risks_that_are_kept(client, ada):
    cast.open_request(cast.person("freddy@gmx.net", "Freddy"), cast.document())
    page = client.get(reverse("desk:requests")).content.decode()
    assert "Free-mail address" in page and "First request" in page
    AccessRequest.objects.update(risks=["free_mail", "no_such_kind_any_more"])
    assert client.get(reverse("desk:requests")).status_code == 200


def test_sales_sees_the_queue_and_may_change_nothing(client):
    request = cast.open_request(cast.rhea(), cast.document())
    staff_client(client, cast.sal())
    page = client.get(reverse("desk:requests")).content.decode()
    assert "Take it" not in page and 'value="deny"' not in page and "Export as CSV" in page
    for name, args in (("desk:assign", [request.pk]), ("desk:bulk", [])):
        assert client.post(reverse(name, args=args), {"pick": f"{request.pk}.1", "act": "deny"}).status_code == 403


@pytest.mark.once
def test_queue_needs_few_queries_whatever_it_shows(client, ada, django_assert_max_num_queries):
    ben, soc2 = cast.ben(), cast.document()
    for number in range(30):
        request = cast.open_request(cast.person(f"p{number}@c{number}.example", f"P{number}"), soc2)
        if number % 3 == 0:
            flows.assign(request, by=ada, to=ben)
    duty.be_away(timezone.localdate(), timezone.localdate(), ada, by=ben)
    for query in ({}, {"status": "mine"}, {"sort": "company", "page": "2"}, {"status": "decided"}, {"q": "p2"}):
        with django_assert_max_num_queries(11):
            client.get(reverse("desk:requests"), query)


def test_time_left_in_words():
    office = business_time()
    request = AccessRequest(due_at=TUESDAY + 8 * HOUR, target_hours=8)
    said = {
        hours: (found.words, found.tone, found.share)
        for hours in (0, 3.5, 4, 7.75, 9, 24 * 365)
        if (found := time_left.of(request, TUESDAY + hours * HOUR, office))
    }
    assert said[0] == ("8 h", "good", 0) and said[3.5] == ("4 h 30 min", "good", 44)
    assert said[4] == ("4 h", "wait", 50) and said[7.75] == ("15 min", "wait", 97)
    assert said[24 * 365] == ("more than 800 h over", "bad", 100)
    assert time_left.of(AccessRequest(), TUESDAY, office) is None


def test_nonsense_in_the_address_shows_all_open_requests(client, ada):
    request = named(cast.open_request(cast.rhea(), cast.document()))
    for query in ({"status": "'"}, {"sort": "x"}, {"page": "-1"}, {"page": "9" * 40}):
        assert shown(client, **query) == [request.email]
    assert Chosen.of({"status": "late", "q": " x\0 "}) == Chosen(Filter.LATE, words="x")
    assert queue_page.known_risks(["free_mail", "?"]) == [queue_page.Kind.FREE_MAIL]
