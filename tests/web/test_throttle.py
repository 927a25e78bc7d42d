"""Limits hold: one statement counts, no traffic pushes a count out, and the clock deletes only what has ended."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.races import at_once
from trustcenter.web import routine, throttle
from trustcenter.web.models import CacheEntry, Counter

MINUTE = timedelta(minutes=1)


def pass_time(seconds):
    for model in (Counter, CacheEntry):
        model.objects.update(ends_at=F("ends_at") - timedelta(seconds=seconds))


def test_it_counts_per_key_and_window(rf, db):
    request = rf.post("/access/")
    assert [throttle.allow(request, "ask", 2, 60, key="a") for _ in range(3)] == [True, True, False]
    assert throttle.allow(request, "ask", 2, 60, key="b")
    assert throttle.allow(request, "other", 2, 60, key="a")
    pass_time(59)
    assert not throttle.allow(request, "ask", 2, 60, key="a")
    pass_time(1)
    assert [throttle.allow(request, "ask", 2, 60, key="a") for _ in range(3)] == [True, True, False]


def test_one_statement_counts_also_for_a_large_limit(db):
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert throttle.allow_key("pages-hour", 400, 3600, "reader")
        assert len(queries) == 1


def test_exhausted_says_what_allow_would_and_counts_nothing(rf, db):
    request = rf.get("/")
    for _ in range(2):
        assert not throttle.exhausted(request, "pages", 1, 60, key="a")
    assert throttle.allow(request, "pages", 1, 60, key="a")
    assert throttle.exhausted(request, "pages", 1, 60, key="a")
    pass_time(60)
    assert not throttle.exhausted(request, "pages", 1, 60, key="a")


def test_concurrent_requests_do_not_exceed_the_limit(racing):
    allowed = []
    at_once([lambda: allowed.append(throttle.allow_key("race", 3, 60, "a"))] * 8)
    assert sorted(allowed) == [False] * 5 + [True] * 3
    pass_time(60)
    at_once([lambda: allowed.append(throttle.allow_key("race", 3, 60, "a"))] * 8)
    assert allowed.count(True) == 6, "also when the window ends under them"


def test_ipv6_network_counts_as_one_client(rf, db):
    first, second = (rf.post("/", REMOTE_ADDR=f"2001:db8:1:2::{number}") for number in (1, 2))
    assert throttle.allow(first, "ask", 1, 60)
    assert not throttle.allow(second, "ask", 1, 60)
    assert throttle.allow(rf.post("/", REMOTE_ADDR="2001:db8:1:3::1"), "ask", 1, 60)


def test_other_traffic_pushes_no_limit_out(db):
    """Django's cache began to delete living entries at 20,000, and with them every limit of sign-in."""
    assert [throttle.allow_key("login", 1, 60, "a") for _ in range(2)] == [True, False]
    assert cache.add("used-code", "y", 30) and not cache.add("used-code", "y", 30)
    soon = timezone.now() + MINUTE
    Counter.objects.bulk_create(
        [Counter(key=f"verify:3600:{number}", count=1, ends_at=soon) for number in range(21_000)], batch_size=5000
    )
    CacheEntry.objects.bulk_create(
        [CacheEntry(key=f"login_failed:{number}", value="[]", ends_at=soon) for number in range(21_000)],
        batch_size=5000,
    )
    cache.set("one-more", 1, 60)
    assert routine.delete_ended() == 0
    assert not throttle.allow_key("login", 1, 60, "a")
    assert not cache.add("used-code", "y", 30)


def test_the_clock_deletes_what_has_ended_in_batches(db, monkeypatch):
    monkeypatch.setattr(routine, "BATCH", 2)
    now = timezone.now()
    for number in range(5):
        Counter.objects.create(key=f"over-{number}", count=1, ends_at=now - MINUTE)
        cache.set(f"over-{number}", 1, 60)
    pass_time(61)
    Counter.objects.create(key="living", count=1, ends_at=now + MINUTE)
    cache.set("living", 1, 60)
    assert routine.delete_ended() == 10
    assert list(Counter.objects.values_list("key", flat=True)) == ["living"] and cache.get("living") == 1


def test_count_of_a_clock_that_was_wrong_is_deleted(db):
    Counter.objects.create(key="from next year", count=9, ends_at=timezone.now() + timedelta(days=365))
    assert routine.delete_ended() == 1


def test_rows_name_nobody(db):
    throttle.allow_key("ask", 1, 60, "rhea@example.com")
    row = Counter.objects.get()
    assert row.key.startswith("ask:60:") and "rhea" not in row.key


# The cache that allauth counts in


def test_entry_is_kept_until_its_time(db):
    cache.set("history", [3.5, 1], 60)
    assert cache.get("history") == [3.5, 1] and cache.get("other", "nothing") == "nothing"
    cache.set("history", [4.5], 60)
    assert cache.get("history") == [4.5]
    pass_time(60)
    assert cache.get("history") is None


def test_entry_is_added_once_and_again_after_its_time(db):
    assert [cache.add("lock", True, 10) for _ in range(2)] == [True, False]
    assert cache.delete("lock") and not cache.delete("lock")
    assert cache.add("lock", True, 10)
    pass_time(10)
    assert [cache.add("lock", True, 10) for _ in range(2)] == [True, False]


def test_one_of_many_adds_an_entry(racing):
    added = []
    at_once([lambda: added.append(cache.add("lock", True, 10))] * 8)
    assert sorted(added) == [False] * 7 + [True]


def test_nothing_is_kept_for_ever(db):
    with pytest.raises(ValueError, match="without an end"):
        cache.set("history", [], None)
