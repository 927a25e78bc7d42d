from datetime import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from ndaflow.requests import flows
from tests import cast
from tests.audit import logs
from tests.audit.logs import record
from tests.signin import staff_client
from trustcenter.audit import receipts
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(client):
    return lambda **filters: client.get(reverse("log:records"), filters)


@pytest.fixture(autouse=True)
def auditor(client):
    person = cast.person("iris@trust.example", "Iris Auditor", "auditor")
    staff_client(client, person)
    return person


def test_log_shows_sentences_newest_first(log):
    ada = cast.ada()
    for email in ("one@example.com", "two@example.com"):
        record(Action.PAGE_SHARED, actor=ada, subject=None, email=email)
    page = log().content.decode()
    assert "“Ada Approver” (ada@trust.example) sent the public page to two@example.com" in page
    assert page.index("two@example.com") < page.index("one@example.com")


def test_log_can_be_filtered_by_action_person_subject_and_day(log):
    ada, ben = cast.ada(), cast.ben()
    record(Action.PAGE_SHARED, actor=ada, subject=None, email="one@example.com")
    record(Action.STAFF_ADDED, actor=ben, subject=ada, person="Ada", roles="approver")
    for filters, shown, hidden in [
        ({"action": "page.shared"}, "one@example.com", "Ada to the staff"),
        ({"person": "ben@"}, "Ada to the staff", "one@example.com"),
        ({"person": "one@example.com"}, "one@example.com", "Ada to the staff"),
        ({"person": "one@"}, "No record matches", "Ada to the staff"),
        ({"subject": f"user:{ada.pk}"}, "Ada to the staff", "one@example.com"),
        ({"since": "2000-01-01", "until": "2999-01-01"}, "one@example.com", "No record matches"),
        ({"since": "0001-01-01", "until": "9999-12-31"}, "one@example.com", "No record matches"),
        ({"until": "2000-01-01"}, "No record matches", "one@example.com"),
        ({"since": "nonsense", "action": "nonsense"}, "one@example.com", "No record matches"),
    ]:
        page = log(**filters).content.decode()
        assert shown in page and hidden not in page, filters


def test_filter_by_person_finds_what_others_did_to_them(log):
    rhea, ada, vera = cast.rhea(), cast.ada(), cast.vera()
    request = cast.granted(rhea, ada, cast.document(title="SOC 2 report"))
    flows.revoke(cast.fresh(request), by=ada, reason="Contract ended.")
    cast.open_request(vera, cast.document("caiq", title="CAIQ"))
    for words in ("rhea@example.com", "RHEA@", "Rhea Diaz"):
        page = log(person=words).content.decode()
        # Both records are about her request, although Ada and the trust center are the actors.
        assert "revoked the access of “Rhea Diaz” (rhea@example.com): “Contract ended.”" in page
        assert "SOC 2 report opened for “Rhea Diaz”" in page and "CAIQ" not in page
    assert "revoked the access of “Rhea Diaz”" in log(person="ada@trust.example").content.decode()
    assert "No record matches" in log(person="nobody@example.com").content.decode()


def test_filter_by_person_finds_their_id_in_a_record(log):
    rhea, ada = cast.rhea(), cast.ada()
    # Neither the subject nor the texts name her, only the id.
    detail = {"id": rhea.pk, "name": "Former name", "email": "former@example.com"}
    record(Action.FACTORS_RESET, actor=ada, subject=None, person=detail)
    assert "former@example.com" in log(person="rhea@example.com").content.decode()
    assert "former@example.com" not in log(person="vera@example.com").content.decode()


def test_filter_includes_the_whole_last_day(log):
    record(Action.PAGE_SHARED, actor=None, subject=None, email="one@example.com")
    logs.as_owner()
    for at, shown in (("2026-03-01T23:59:59.999999Z", True), ("2026-03-02T00:00:00Z", False)):
        Record.objects.update(at=datetime.fromisoformat(at))
        assert ("one@example.com" in log(until="2026-03-01").content.decode()) is shown


def test_log_needs_few_queries(log, django_assert_max_num_queries):
    for number in range(120):
        record(Action.PAGE_SHARED, actor=None, subject=None, email=f"p{number}@example.com")
    with django_assert_max_num_queries(10):
        page = log(page="2").content.decode()
    assert "Page 2 of 3" in page and "p69@example.com" in page and "p70@example.com" not in page


def test_log_shows_what_is_signed_and_warns_if_signing_is_late(log):
    made = logs.signed(3)
    page = log().content.decode()
    assert "All were signed on" in page and "are not signed" not in page
    logs.write(1)
    assert f"first {made.size} of them were signed" in log().content.decode()
    logs.as_owner()
    Record.objects.filter(number=made.size).update(at=timezone.now() - receipts.LATE * 2)
    assert "The newest records are not signed" in log().content.decode()


def test_markup_in_a_record_is_shown_as_text(log):
    record(Action.PAGE_SHARED, actor=None, subject=None, email="<img src=x onerror=alert(1)>")
    assert "<img" not in log().content.decode()


def test_actions_are_offered_in_words_grouped_by_subject(log):
    page = log().content.decode()
    for words in (
        '<optgroup label="People">',
        ">Signed in with …</option>",
        ">Approved … for … until …</option>",
        ">… opened for …</option>",
    ):
        assert words in page
    assert ">person.signed_in<" not in page and 'value="person.signed_in"' in page
