"""The chart of the periods that reports cover: exact gaps, and labels where there is room."""

from datetime import date

import pytest
from django.template.loader import render_to_string

from trustcenter.web.templatetags import coverage
from trustcenter.web.templatetags.coverage import Bar, Lane, gaps_of

TODAY = date(2026, 11, 25)
REPORT = Bar("Report", date(2025, 1, 1), date(2025, 12, 31))
LETTER = Bar("Letter", date(2026, 1, 1), date(2026, 2, 28), letter=True)


@pytest.fixture
def today(monkeypatch):
    monkeypatch.setattr(coverage.timezone, "localdate", lambda: TODAY)


def soc(*bars: Bar) -> Lane:
    return Lane("SOC 2", "Report, Letter", bars, continuous=True)


@pytest.mark.parametrize(
    ("bars", "gaps"),
    [
        ((REPORT, LETTER), [(date(2026, 3, 1), TODAY)]),
        # In any order; a bridge letter that ends inside the report's period adds nothing.
        ((LETTER, REPORT), [(date(2026, 3, 1), TODAY)]),
        ((REPORT, Bar("Letter", date(2025, 6, 1), date(2025, 7, 1))), [(date(2026, 1, 1), TODAY)]),
        # One day between two periods is a gap; adjacent periods have none.
        ((REPORT, Bar("Letter", date(2026, 1, 2), TODAY)), [(date(2026, 1, 1), date(2026, 1, 2))]),
        ((REPORT, Bar("Letter", date(2026, 1, 1), TODAY)), []),
        # Covered until yesterday, because today is not over yet.
        ((Bar("Report", date(2025, 1, 1), date(2026, 11, 24)),), []),
    ],
)
def test_gaps_are_exact_to_the_day(bars, gaps):
    assert gaps_of(soc(*bars), TODAY) == gaps


def test_penetration_test_or_certificate_has_no_gap():
    assert gaps_of(Lane("Penetration test", "", [REPORT]), TODAY) == []


def test_gap_is_shown_in_the_chart_and_in_words(today):
    html = drawn(coverage.coverage([soc(REPORT, LETTER)], "security@trust.example"))
    assert "Gap: 269 days" in html
    assert "SOC 2 coverage has a gap from 1 Mar 2026 to today." in html
    assert "No report or letter covers these 269 days." in html
    assert 'role="img" aria-label="SOC 2. Report: 1 Jan – 31 Dec 2025. Letter: 1 Jan – 28 Feb 2026. SOC 2 cov' in html
    assert 'href="mailto:security@trust.example"' in html


def test_gap_of_one_day_uses_the_singular(today):
    html = drawn(coverage.coverage([soc(REPORT, Bar("Letter", date(2026, 1, 2), TODAY))]))
    assert "No report or letter covers this day." in html and "Gap: 1 day<" in html
    assert "mailto:" not in html


def test_no_warning_without_a_gap(today):
    html = drawn(coverage.coverage([soc(REPORT, Bar("Letter", date(2026, 1, 1), TODAY))]))
    assert "callout" not in html and "Gap" not in html


def test_no_chart_without_periods():
    assert not drawn(coverage.coverage([])).strip()


def test_nothing_is_drawn_outside_the_axis_range(today):
    certificate = Bar("", date(2026, 3, 1), date(2040, 1, 1), text="Valid until 1 Jan 2040")
    old = Bar("Report", date(2021, 1, 1), date(2021, 1, 2))
    context = coverage.coverage([soc(old), Lane("ISO", "", [certificate])])
    for lane in context["lanes"]:
        for part in [*lane["bars"], *lane["gaps"]]:
            x, width = (float(part[name].removesuffix("%")) for name in ("x", "width"))
            assert x >= 0 and width > 0 and x + width <= 100.01


def test_labels_do_not_overlap(today):
    test = Bar("", date(2025, 10, 6), date(2025, 10, 24))
    late = Bar("", date(2026, 11, 1), date(2026, 11, 20))
    context = coverage.coverage([soc(REPORT, LETTER), Lane("Test", "", [test]), Lane("Late", "", [late])])
    (report, letter), (test,), (late,) = (lane["bars"] for lane in context["lanes"])
    assert report["inside"] and report["dated"] and not report["below"]
    assert letter["below"] and not letter["inside"]
    assert test["after"] and not test["inside"]
    assert late["before"] and not late["after"]


def drawn(context) -> str:
    return " ".join(render_to_string("components/coverage.html", context).split())
