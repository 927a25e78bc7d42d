"""Ends are reminded 60, 30 and 7 days before, once each, and close by the clock."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ndaflow.agreements import confirming, coverage, ends
from ndaflow.agreements.models import Coverage, EndReminder
from ndaflow.agreements.papers.terms import Reach
from tests import cast
from tests.ndaflow import paperwork
from trustcenter.audit import history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def paper(keys):
    lena, rhea = paperwork.lena(), paperwork.proven(cast.rhea())
    return paperwork.filed(cast.nda().agreement, lena, Reach("person", person=rhea), paperwork.dates(ends=100))


def mailed():
    return [(mail.to, mail.subject) for mail in Mail.objects.filter(subject__contains=" ends on ").order_by("pk")]


def test_each_reminder_is_sent_once_to_the_reader_and_to_legal(paper):
    end = paper.ends_at
    assert ends.remind(end - timedelta(days=61)) == 0 and mailed() == []
    for days, sent in ((60, 1), (45, 1), (30, 2), (8, 2), (7, 3), (1, 3)):
        ends.remind(end - timedelta(days=days))
        ends.remind(end - timedelta(days=days))
        assert len(mailed()) == 2 * sent
    assert {to for to, _subject in mailed()} == {"rhea@example.com", "lena@trust.example"}
    day = f"{paper.ends_on:%-d %B %Y}"
    assert Mail.objects.filter(to="rhea@example.com")[0].subject == f"Mutual NDA ends on {day}"
    assert (
        "We have told:\n\n- rhea@example.com"
        in Mail.objects.filter(to="lena@trust.example", subject__contains="ends")[0].body
    )
    said = history.entries(Record.objects.filter(action=Action.END_REMINDED))
    assert len(said) == 3 and "Mutual NDA ends on" in said[0].text


def test_paper_that_ends_soon_after_it_is_filed_is_one_reminder_and_not_two(paper):
    assert ends.remind(paper.ends_at - timedelta(days=20)) == 1
    assert len(mailed()) == 2 and EndReminder.objects.count() == 2


def test_what_has_ended_reminds_nobody(paper):
    Coverage.objects.update(ended_at=timezone.now(), end="ended", end_reason="The contract is over.")
    assert ends.remind(paper.ends_at - timedelta(days=5)) == 0 and mailed() == []


def test_end_of_a_company_reaches_somebody_there(keys):
    lena, rhea = paperwork.lena(), paperwork.proven(cast.rhea())
    company = paperwork.company(rhea)
    filed = paperwork.filed(cast.nda().agreement, lena, Reach("company", company=company), paperwork.dates(ends=5))
    confirming.confirm(filed, by=cast.ben())
    assert ends.remind() == 1 and {to for to, _subject in mailed()} == {rhea.email, lena.email}
    assert "Everyone at Example Corp, Inc." in Mail.objects.filter(to=lena.email, subject__contains="ends")[0].subject
    assert filed.coverage.get().ends_at == filed.ends_at


def test_end_closes_by_the_clock_without_any_task(paper):
    rhea = paper.person
    moment = timedelta(microseconds=1)
    assert coverage.covered(rhea, paper.ends_at - moment) == {"nda"}
    assert coverage.covered(rhea, paper.ends_at) == frozenset()
    assert not coverage.covering(rhea, ["nda"], paper.ends_at, new=True)
