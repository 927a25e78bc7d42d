"""The list of companies and the page of one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from documents.models import AccessGrant, Delivery
from tests import cast, signin
from tests.ndaflow.desk.companies.scene import asked, company_of, confirmed, page
from trustcenter.accounts.companies import flows
from trustcenter.accounts.models import Company, CompanyDomain

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client, db):
    ada = cast.ada()
    signin.staff_client(client, ada)
    return ada


def test_list_filters_searches_and_turns_pages(client, ada, django_assert_num_queries):
    for number in range(30):
        company = Company.objects.create(legal_name=f"Company {number:02}", crm_id=f"crm-{number}")
        CompanyDomain.objects.create(company=company, domain=f"c{number}.example")
    confirmed(asked("rhea@example.com", "Rhea Diaz"), ada)
    flows.block(Company.objects.get(legal_name="Company 03"), reason="No.", by=ada)
    details = flows.Details(is_customer=True, plan="", owner=ada, crm_id="crm-4")
    flows.describe(Company.objects.get(legal_name="Company 04"), details, by=ada)
    client.get("/desk/companies/")
    with django_assert_num_queries(6):
        first = page(client, "companies")
    assert "Company 00" in first and "Page 1 of 2" in first and "Example Corp" not in first
    assert "Company 03” </a>" not in first and "Example Corp, Inc." in page(client, "companies", page="2")
    shown = {one: page(client, "companies", show=one) for one in ("customers", "blocked", "unowned", "unconfirmed")}
    assert "Company 04" in shown["customers"] and "Company 03" not in shown["customers"]
    assert "Company 03" in shown["blocked"] and "Company 04" not in shown["blocked"]
    assert "Company 04" not in shown["unowned"] and "Example Corp" not in shown["unconfirmed"]
    for words in ("company 07", "C7.EXAMPLE", "someone@c7.example", "crm-7"):
        found = page(client, "companies", q=words)
        assert "Company 07" in found and "Company 08" not in found, words
    assert "No company matches your search" in page(client, "companies", q="\0nothing%")


def test_page_shows_people_documents_downloads_and_the_past(client, ada, django_assert_max_num_queries):
    rhea = cast.rhea()
    request = cast.granted(rhea, cast.ben(), cast.requestable("report", title="The report"))
    company = company_of(request)
    for number in range(4):
        asked(f"p{number}@example.com", f"Person {number}", f"Typed {number}")
    grant = AccessGrant.objects.get()
    for number, kind in enumerate(("download", "reading")):
        Delivery.objects.create(
            code=f"CODE-{number}",
            kind=kind,
            grant=grant,
            version=grant.document.versions.get(),
            reader=rhea,
            printed_email=rhea.email,
            printed_company="",
            session_hash="a" * 64,
            mark_bits=bytes([number + 1]),
            size=1,
            started_at=timezone.now() - timedelta(days=number * 9),
        )
    client.get(f"/desk/companies/{company.pk}/")
    with django_assert_max_num_queries(12):
        shown = page(client, "company", company.pk)
    assert "“Example Corp”" in shown and "Not confirmed" in shown and "1 document is open" in shown
    assert "4 requests are open" in shown and "“Typed 3” <small>typed by p3@example.com" in shown
    assert "The report: 1 download and 1 view, last on" in shown and "CODE-1" in shown
    assert shown.count("Public documents only") == 4
    assert "Ends 1 open document at once. Closes 4 open requests." in shown
    cast.flows.revoke_company(company, by=ada, reason="Over.")
    grant.refresh_from_db()
    assert grant.end == "revoked" and not company.people.filter(access_requests__status="open").exists()
    assert "The report</h3>" not in page(client, "company", company.pk)
    assert "The report</h3>" in page(client, "company", company.pk, past="1")
    assert client.get("/desk/companies/none/").status_code == 404
