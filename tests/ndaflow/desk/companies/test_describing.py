"""What a company is to us: customer, plan, owner and CRM ID, notes, and whether it is blocked."""

import re

import pytest
from django.urls import reverse

from ndaflow.requests import flows as requests
from tests import cast, signin
from tests.audit import logs
from tests.ndaflow.desk.companies.scene import asked, company_of, page, post
from trustcenter.accounts.companies import flows
from trustcenter.accounts.models import CompanyNote
from trustcenter.audit import FlowError, history

pytestmark = pytest.mark.django_db


@pytest.fixture
def sal(client, db):
    sal = cast.sal()
    signin.staff_client(client, sal)
    return sal


@pytest.fixture
def company(db):
    return company_of(asked("rhea@example.com", "Rhea Diaz"))


def test_sales_says_what_the_company_is_to_us(client, sal, company):
    assert "Owner: nobody" in page(client, "company", company.pk)
    assert '<option value="" selected>Nobody</option>' in page(client, "company_details", company.pk)
    typed = {"is_customer": "on", "plan": "Enterprise", "owner": sal.pk, "crm_id": "0061x"}
    answer = post(client, "company_details", company.pk, **typed, seen=seen(client, company))
    assert "Saved." in answer and "Enterprise" in answer and "Sal Seller" in answer and "0061x" in answer
    company.refresh_from_db()
    assert (company.is_customer, company.plan, company.owner, company.crm_id) == (True, "Enterprise", sal, "0061x")
    (entry,) = history.history(company)
    assert entry.text.endswith("changed customer, plan, owner and CRM ID of the company “Example Corp”")
    # The same again is no change, and a name that is no colleague's is refused beside the field.
    post(client, "company_details", company.pk, **typed, seen=seen(client, company))
    assert len(history.history(company)) == 1
    stranger = {"owner": cast.edda().pk, "seen": seen(client, company)}
    assert "Select a valid choice" in post(client, "company_details", company.pk, **stranger)
    assert logs.differing() == []


def seen(client, company) -> str:
    return re.search(r'name="seen" value="(\w+)"', page(client, "company_details", company.pk))[1]


def test_older_page_does_not_undo_what_a_colleague_saved(client, sal, company):
    old = seen(client, company)
    stale = flows.Company.objects.get(pk=company.pk)
    flows.describe(company, flows.Details(is_customer=True, plan="", owner=None, crm_id=""), by=sal)
    with pytest.raises(FlowError) as refused:
        flows.describe(stale, flows.Details(is_customer=False, plan="Free", owner=None, crm_id=""), by=sal)
    assert refused.value.code == "changed_meanwhile"
    # Nor does the form of a page that was opened before; what was typed stays in it.
    answer = client.post(reverse("desk:company_details", args=[company.pk]), {"plan": "Free", "seen": old})
    assert answer.status_code == 409 and 'value="Free"' in answer.content.decode()
    assert "Somebody has changed this since you opened the page." in answer.content.decode()
    company.refresh_from_db()
    assert (company.is_customer, company.plan) == (True, "")
    with pytest.raises(FlowError) as refused:
        flows.describe(company, flows.Details(is_customer=True, plan="", owner=cast.otto(), crm_id=""), by=sal)
    assert refused.value.code in {"no_owner", "changed_meanwhile"}


def test_notes_are_written_and_removed(client, sal, company):
    assert "Write the note." in post(client, "company_note", company.pk, text=" ")
    answer = post(client, "company_note", company.pk, text="Their auditor\nwants it <b>soon</b>.")
    assert "Their auditor<br>wants it <b>soon</b>." in answer
    assert "<b>soon</b>" not in client.get(reverse("desk:company", args=[company.pk])).content.decode()
    mine = CompanyNote.objects.get()
    # The log says who wrote one, not what it says.
    (entry,) = history.history(company)
    assert entry.text.endswith("wrote a note about the company “Example Corp”") and "auditor" not in str(entry.detail)
    theirs = flows.write_note(company, text="Asked for a copy.", by=cast.ben())
    assert "A colleague wrote this note." in post(client, "company_note_remove", theirs.pk)
    assert "Removed." in post(client, "company_note_remove", mine.pk)
    assert client.post(reverse("desk:company_note_remove", args=[mine.pk])).status_code == 404
    assert CompanyNote.objects.get() == theirs


def test_auditor_reads_and_changes_nothing(client, company):
    signin.staff_client(client, cast.person("iris@trust.example", "Iris", "auditor"))
    shown = page(client, "company", company.pk)
    assert "Example Corp" in shown and "Add note" not in shown and "Block the company" not in shown
    for name in ("company_note", "company_block", "company_details", "company_name", "company_merge"):
        assert client.post(reverse(f"desk:{name}", args=[company.pk])).status_code == 403


def test_blocked_company_is_turned_away_and_what_is_open_stays(client):
    ada, rhea = cast.ada(), cast.rhea()
    cast.granted(rhea, ada, cast.requestable())
    ben = cast.ben()
    signin.staff_client(client, ben)
    company = flows.Company.objects.get()
    shown = page(client, "company", company.pk)
    assert "1 document stays open until you end it." in shown
    assert "Give a reason." in post(client, "company_block", company.pk, reason="")
    answer = post(client, "company_block", company.pk, reason="They resell our reports.")
    assert "What is open stays open until you end it." in answer
    assert "Blocked by “Ben Approver” (ben@trust.example)" in answer and "“They resell our reports.”" in answer
    assert rhea.grants.get().ended_at is None
    draft = cast.draft(cast.requestable("bridge-letter"))
    denied = requests.open_draft(draft, by=rhea, session_hash=cast.SESSION)
    assert (denied.status, denied.closing_reason) == ("denied", "They resell our reports.")
    assert "already blocked" in post(client, "company_block", company.pk, reason="Again.")
    assert "The block has ended." in post(client, "company_unblock", company.pk)
    assert "not blocked" in post(client, "company_unblock", company.pk)
    opened = requests.open_draft(cast.draft(cast.document("pentest")), by=rhea, session_hash=cast.SESSION)
    assert opened.status == "open"
    assert logs.differing() == []
    with pytest.raises(FlowError):
        flows.block(company, reason="No.", by=cast.sal())
