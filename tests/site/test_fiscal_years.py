"""Is my fiscal year covered? The answer is exact to the day, for a year that starts in any month."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.certifications import content
from trustcenter.site import fiscal_years
from trustcenter.web.templatetags.coverage import Bar, Lane

TODAY = date(2026, 11, 28)
REPORT = Bar("Report", date(2025, 1, 1), date(2025, 12, 31))
LETTER = Bar("Letter", date(2026, 1, 1), date(2026, 2, 28), letter=True)


def years(first_month: int, *bars: Bar, today: date = TODAY) -> list[tuple[date, int, int, int, int, str]]:
    return [
        (one.start, one.days, one.by_report, one.by_letter, one.uncovered, one.tone)
        for one in fiscal_years.of(Lane("SOC 2", "", bars, continuous=True), first_month, today)
    ]


@pytest.mark.parametrize(
    ("first_month", "bars", "found"),
    [
        (
            1,
            [REPORT, LETTER],
            [(date(2026, 1, 1), 331, 0, 59, 272, "none"), (date(2025, 1, 1), 365, 365, 0, 0, "good")],
        ),
        # The last two days of the fiscal year before, with 29 February in it.
        (
            7,
            [Bar("Report", date(2024, 6, 29), date(2026, 6, 30))],
            [
                (date(2026, 7, 1), 150, 0, 0, 150, "none"),
                (date(2025, 7, 1), 365, 365, 0, 0, "good"),
                (date(2024, 7, 1), 365, 365, 0, 0, "good"),
            ],
        ),
        # Reports that overlap count once; a letter inside a report counts as the report.
        (
            12,
            [REPORT, Bar("Report", date(2025, 7, 1), date(2026, 6, 30)), LETTER],
            [(date(2025, 12, 1), 362, 212, 0, 150, "wait"), (date(2024, 12, 1), 365, 334, 0, 31, "wait")],
        ),
        (3, [], []),
    ],
)
def test_days_are_counted_once_and_exactly(first_month, bars, found):
    assert years(first_month, *bars) == found


def test_every_month_agrees_with_counting_day_by_day():
    bars = [REPORT, LETTER, Bar("Report", date(2026, 4, 15), date(2026, 9, 30))]
    for first_month in range(1, 13):
        for one in fiscal_years.of(Lane("SOC 2", "", bars, continuous=True), first_month, TODAY):
            days = [one.start + timedelta(days=number) for number in range(one.days)]
            reported = {day for day in days for bar in bars if not bar.letter and bar.start <= day <= bar.end}
            lettered = {day for day in days for bar in bars if bar.letter and bar.start <= day <= bar.end} - reported
            assert (one.by_report, one.by_letter) == (len(reported), len(lettered))
            gaps = {day for first, last in one.gaps for day in days if first <= day <= last}
            assert gaps == set(days) - reported - lettered and one.uncovered == len(gaps)


def test_year_that_begins_today_is_not_answered_for():
    # No day of it has passed.
    assert years(11, REPORT, today=date(2026, 11, 1))[0][0] == date(2025, 11, 1)
    assert years(11, REPORT, today=date(2026, 11, 2))[0][:2] == (date(2026, 11, 1), 1)


@pytest.mark.django_db
@pytest.mark.once
def test_pages_answer_for_any_month_and_refuse_others_in_words(client):
    content.publish()
    for path in ("/certifications/", "/certifications/soc-2-type-ii/"):
        html = " ".join(client.get(path, {"year_starts": "7"}).content.decode().split())
        assert '<option value="7" selected>July</option>' in html
        assert "181 of 365 days" in html and "1 Jul – 31 Dec 2024" in html
        assert "more than 3 months ago" in html and "A bridge letter usually reaches no further" in html
        # The table behind the chart.
        assert "As a table" in html and "<span>365</span>" in html
    for wrong in ("0", "13", "-1", "july", "７", "9" * 400, "\0"):
        page = client.get("/certifications/", {"year_starts": wrong})
        assert "Choose the month in which your fiscal year starts" in page.content.decode()
    # Without a report there is no question.
    assert "fiscal year" not in client.get("/certifications/fedramp/").content.decode()


@pytest.mark.django_db
@pytest.mark.once
def test_letter_over_three_months_is_warned_about(client):
    tables, today = content.tables(), timezone.localdate()
    end = today - timedelta(days=150)
    report = {**tables["documents"][0], "period_start": end - timedelta(days=364), "period_end": end}
    letter = {
        **report,
        "slug": "letter",
        "kind": "bridge_letter",
        "period_start": end + timedelta(days=1),
        "period_end": today + timedelta(days=1),
    }
    tables["documents"] = [report, letter, tables["documents"][1]]
    tables["certifications"][0]["evidence"] = ["report", "letter"]
    content.publish(tables)
    html = client.get("/certifications/soc-2-type-ii/").content.decode()
    assert "reaches 151 days past the report, more than 3 months" in html
    tables["documents"][1]["period_end"] = end + timedelta(days=60)
    content.publish(tables)
    assert "past the report" not in client.get("/certifications/soc-2-type-ii/").content.decode()
