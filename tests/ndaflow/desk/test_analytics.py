"""Analytics: each chart with a sentence and a table, for a period, and as CSV."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from ndaflow.desk.analytics import charts, figures
from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest
from tests import cast
from tests.signin import staff_client

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 3, 3, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def ada(client):
    person = cast.ada()
    staff_client(client, person)
    return person


@pytest.fixture
def history(monkeypatch, ada):
    """Two requests that took two and six hours three weeks ago, and one this week that waits."""

    class Clock:
        now = TUESDAY

    monkeypatch.setattr(timezone, "now", lambda: Clock.now)
    report, ben = cast.document(title="SOC 2 report"), cast.ben()
    for person, hours in ((cast.rhea(), 2), (cast.vera(), 6)):
        Clock.now = TUESDAY
        request = cast.open_request(person, report)
        Clock.now = TUESDAY + hours * HOUR
        flows.deny(cast.fresh(request), by=ben, reason="No contract.")
    Clock.now = TUESDAY + timedelta(days=21)
    cast.open_request(cast.otto(), report)
    return Clock


def test_each_chart_says_its_number_in_a_sentence_and_a_table(client, ada, history):
    staff_client(client, ada)
    page = " ".join(client.get("/desk/analytics/", {"weeks": "8"}).content.decode().split())
    assert "<b>1</b> so far this week, 0.3 in a typical week" in page
    assert (
        "<b>2 business hours</b> median, and nine of ten within 6 business hours; the target is 8 business hours (dashed)"
        in page
    )
    assert "<b>1 of 1</b> waits for us" in page and "<b>0 %</b> of 2 decisions on documents" in page
    assert '<th scope="row">2 Mar 2026</th><td>2</td><td>2</td><td>6</td>' in page.replace("> <", "><")
    assert "“Example Corp”" in page and "Granted now" in page, "a typed name stands in quotation marks"


@pytest.mark.parametrize("figure", ["requests", "times", "waiting", "deciders", "documents", "companies"])
def test_each_table_is_a_csv_without_formulas(client, ada, figure):
    cast.open_request(cast.person("eve@evil.example", "Eve"), cast.document(title="=SUM(A1)"))
    AccessRequest.objects.get().requester.company.__class__.objects.update(legal_name="=cmd()")
    answer = client.get(f"/desk/analytics/{figure}.csv", {"weeks": "8"})
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff") and len(text.splitlines()) >= 1 and '"=' not in text


def test_period_in_the_address_and_what_is_no_figure(client, ada):
    for weeks in ("8", "13", "26", "52", "x", "", "-1"):
        assert client.get("/desk/analytics/", {"weeks": weeks}).status_code == 200
    assert client.get("/desk/analytics/people.csv").status_code == 404
    assert client.post("/desk/analytics/").status_code == 405


def test_page_needs_few_queries(client, ada, history, django_assert_max_num_queries):
    staff_client(client, ada)
    with django_assert_max_num_queries(12):
        client.get("/desk/analytics/")


def test_percentiles_are_nearest_ranks():
    took = Counter({4: 5, 8: 4, 40: 1})
    assert (figures.percentile(took, 0.5), figures.percentile(took, 0.9)) == (1.0, 2.0)
    assert figures.percentile(Counter(), 0.5) is None and figures.percentile(Counter({12: 1}), 0.9) == 3.0


def test_drawings_stay_inside_their_area():
    assert charts.shares([0, 0]) == [0, 0] and charts.shares([1, 4]) == [25, 100]
    assert all(bar.y >= 0 and bar.y + bar.height <= charts.BASE for bar in charts.columns([0, 3, 9]))
    assert charts.line([None, 2.0, None], 8) == "96.0,55.5 104.0,55.5" and charts.bars([("x", 0, "us")])[0].width == 0
