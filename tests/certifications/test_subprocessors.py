"""Subprocessors with the days of their notice, start and end, and the list as of a day."""

import re
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from certifications.history import revising
from certifications.models import PostureRevision, Subprocessor
from certifications.sections import ContentError
from tests.certifications import content
from trustcenter import audit

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def days(number: int) -> date:
    return timezone.localdate() + timedelta(days=number)


def tables():
    """One that has always been there, one that will start, one that will end, and one that has ended."""
    made = content.tables()
    host = {
        key: value for key, value in made["subprocessors"][0].items() if key not in {"announced", "effective", "ended"}
    }
    made["subprocessors"] = [
        {**host, "slug": "always", "name": "Always There"},
        {**host, "slug": "soon", "name": "Starting Soon", "announced": days(-4), "effective": days(26)},
        {**host, "slug": "leaving", "name": "Leaving Soon", "effective": days(-400), "ended": days(0)},
        {**host, "slug": "gone", "name": "Gone By", "ended": days(-1)},
    ]
    return made


@pytest.fixture
def published():
    content.publish(tables())


def lists(page) -> list[list[str]]:
    names = ("announced", "leaving", "subprocessors", "ended")
    return [[one.slug for one in page.context[name]] for name in names]


def words_of(page) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page.content.decode()).split())


def test_page_tells_what_will_change_and_when(client, published):
    page = client.get("/subprocessors/")
    assert lists(page) == [["soon"], ["leaving"], ["always", "leaving"], ["gone"]]
    words = words_of(page)
    assert "We tell customers 30 days before a new one starts." in words
    assert "30 days, announced" in words and "Coming changes" in words and "No longer used" in words


def test_each_day_is_in_one_state():
    row = Subprocessor(effective=date(2026, 3, 1), ended=date(2026, 3, 31))
    states = [row.state_on(date(2026, month, day)) for month, day in ((2, 28), (3, 1), (3, 31), (4, 1))]
    assert [state.value for state in states] == ["announced", "active", "active", "ended"]
    assert Subprocessor().state_on(date(1, 1, 1)) == "active" and Subprocessor().notice_days is None


def test_other_pages_leave_out_those_that_ended(client, published):
    for path in ("/", "/products/api/"):
        html = client.get(path).content.decode()
        assert "Always There" in html and "Starting Soon" in html and "Gone By" not in html
    states = {row["slug"]: row["state"] for row in client.get("/posture.json").json()["subprocessors"]}
    assert states == {"always": "active", "soon": "announced", "leaving": "active", "gone": "ended"}
    page = client.get("/search/", {"q": "starting soon"})
    assert "Announced" in page.content.decode()


def test_list_as_of_a_day_is_the_one_that_was_published(client, published):
    first = PostureRevision.objects.get()
    PostureRevision.objects.update(at=timezone.now() - timedelta(days=10))
    with audit.change(by=None):
        Subprocessor.objects.get(slug="always").delete()
    assert revising.newest() != first
    assert lists(client.get("/subprocessors/"))[2] == ["leaving"]
    page = client.get("/subprocessors/", {"as_of": days(-5).isoformat()})
    # What has ended since was active on that day, and the notice had been given.
    assert lists(page) == [["soon"], ["leaving", "gone"], ["always", "leaving", "gone"], []]
    assert "This is the list as we published it on" in words_of(page)
    page = words_of(client.get("/subprocessors/", {"as_of": days(0).isoformat()}))
    assert "This is the list as it is so far today" in page and "as we published it" not in page
    past = client.get("/", {"as_of": days(-5).isoformat()}).content.decode()
    assert "Always There" in past and "Gone By" in past
    for query, status in ((days(-11).isoformat(), 404), (days(1).isoformat(), 400), ("soon", 400), ("\0", 400)):
        assert client.get("/subprocessors/", {"as_of": query}).status_code == status


@pytest.mark.parametrize(
    ("dates", "constraint"),
    [
        ({"announced": date(2026, 1, 2), "effective": date(2026, 1, 1)}, "subprocessor_announced_before_it_starts"),
        # What is announced starts on a day.
        ({"announced": date(2026, 1, 2)}, "subprocessor_announced_before_it_starts"),
        ({"effective": date(2026, 1, 2), "ended": date(2026, 1, 1)}, "subprocessor_starts_before_it_ends"),
    ],
)
def test_days_are_in_order_for_the_database_and_for_the_file(dates, constraint):
    row = Subprocessor(slug="x", name="X", purpose="x", data="x", location="x", as_of=date(2026, 1, 1), **dates)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        row.save()
    made = content.tables()
    for key in ("announced", "effective", "ended"):
        made["subprocessors"][0].pop(key)
    made["subprocessors"][0] |= dates
    with pytest.raises(ContentError, match=r"subprocessors\[0\]"):
        content.publish(made)


def test_state_that_a_day_changes_is_a_revision(published, monkeypatch):
    before, later = PostureRevision.objects.count(), days(27)
    monkeypatch.setattr(timezone, "localdate", lambda: later)
    revising.revise_by_the_clock()
    assert PostureRevision.objects.count() == before + 1
    assert "subprocessor" in str(PostureRevision.objects.first().differences)
