"""Whom a new version stops, before it is published and by mail afterwards."""

import copy

import pytest
from django.utils import timezone

from documents.models import AccessGrant
from ndaflow.agreements import impact, tasks
from ndaflow.agreements.models import Agreement
from ndaflow.requests import flows
from tests import cast
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


def test_first_text_is_announced_to_those_who_wait_for_it():
    """The page of the request says that we write to them; nothing did."""
    rhea, vera = cast.rhea(), cast.vera()
    cast.open_request(rhea, cast.document())
    flows.withdraw(cast.open_request(vera, cast.document("caiq")), by=vera)
    assert names(impact.before(None, "grandfather", timezone.now(), slug="nda").people) == "rhea"
    version = cast.nda()
    tasks.tell_stopped.call(version.pk)
    mail = Mail.objects.get(subject__contains="ready to sign")
    assert mail.to == rhea.email and "/my/" in mail.body and "earlier" not in mail.body


def test_text_is_the_same_however_it_was_typed():
    version = cast.nda("\r\n# NDA\r\n\r\nWords.\r\n\r\n")
    assert version.text == "# NDA\n\nWords.\n"
    assert cast.nda("# NDA\n\nWords.") == version


@pytest.mark.parametrize("text", ["", " \n ", "Hidden \u202e words", "A bell \a"])
def test_text_that_cannot_be_read_is_refused(text):
    with pytest.raises(FlowError):
        cast.nda(text)
    assert not Agreement.objects.exists()


@pytest.fixture(scope="module")
def made(shared_scene):
    """Rhea holds a document and asks for a second one; Vera holds two; Otto has signed and waits; Mira's time is over.

    Nora has asked and not signed. Nobody has ever heard of Lars.
    """
    ada, version = cast.ada(), cast.nda()
    soc2, caiq = cast.document("soc2"), cast.document("caiq")
    rhea, vera, otto = cast.rhea(), cast.vera(), cast.otto()
    mira, nora = cast.person("mira@example.com", "Mira Holm"), cast.person("nora@example.com", "Nora Berg")
    cast.person("lars@example.com", "Lars Vik")
    for person, documents in ((rhea, [soc2]), (vera, [soc2, caiq]), (mira, [soc2])):
        request = cast.open_request(person, *documents)
        cast.sign(request, person, version)
        cast.approve(request, ada)
    cast.open_request(rhea, caiq)
    cast.sign(cast.open_request(otto, caiq), otto, version)
    cast.open_request(nora, caiq)
    over = AccessGrant.objects.filter(holder=mira)
    over.update(ended_at=timezone.now(), end="expired")
    return {person.name.split()[0].lower(): person for person in User.objects.all()}


@pytest.fixture
def scene(made):
    return copy.deepcopy(made)


def names(people):
    return " ".join(person.name.split()[0].lower() for person in people)


def before(rule):
    return impact.before(Agreement.objects.get(), rule, timezone.now())


@pytest.mark.parametrize(
    ("rule", "stopped", "grants", "asked"),
    [("grandfather", "", 0, ""), ("next_use", "", 0, "otto rhea vera"), ("now", "rhea vera", 3, "otto")],
)
def test_impact_counts_people_once_and_only_those_who_are_stopped(scene, rule, stopped, grants, asked):
    found = before(rule)
    assert (names(found.stopped), found.grants, names(found.asked)) == (stopped, grants, asked)


@pytest.mark.parametrize("rule", ["grandfather", "next_use", "now"])
def test_published_version_stops_exactly_those_of_the_preview(scene, rule):
    expected = before(rule)
    version = cast.nda("# A newer text", rule)
    assert impact.of(version) == expected
    tasks.tell_stopped.call(version.pk)
    told = Mail.objects.filter(subject__contains="has changed")
    assert sorted(told.values_list("to", flat=True)) == sorted(person.email for person in expected.people)


def test_each_person_gets_one_mail_also_when_the_task_runs_twice(scene):
    version = cast.nda("# A newer text", "now")
    for _ in range(2):
        tasks.tell_stopped.call(version.pk)
    mails = {mail.to: mail.body for mail in Mail.objects.filter(subject__contains="has changed")}
    assert len(mails) == 3 == Mail.objects.filter(subject__contains="has changed").count()
    assert "closed until you sign" in mails["vera@example.com"]
    assert "- Caiq" in mails["vera@example.com"] and "- Soc2" in mails["vera@example.com"]
    assert "closed until you sign" not in mails["otto@outsider.example"]
    assert "Before another document opens" in mails["otto@outsider.example"]
    for body in mails.values():
        assert "/my/" in body and "Your signed copy is on the same page" in body


def test_person_who_has_signed_meanwhile_gets_no_mail(scene):
    version = cast.nda("# A newer text", "now")
    rhea = scene["rhea"]
    cast.sign(rhea.access_requests.first(), rhea, version)
    tasks.tell_stopped.call(version.pk)
    assert not Mail.objects.filter(subject__contains="has changed", to=rhea.email).exists()
    assert Mail.objects.filter(subject__contains="has changed", to="vera@example.com").exists()


def test_people_who_were_stopped_before_are_not_told_again(scene):
    tasks.tell_stopped.call(cast.nda("# A newer text", "now").pk)
    third = cast.nda("# The newest text", "now")
    assert names(impact.of(third).people) == ""


def test_closed_account_is_not_told(scene):
    User.objects.filter(pk=scene["vera"].pk).update(is_active=False)
    assert names(before("now").people) == "rhea otto"
