"""A company's name is what the requester stated, until one of our staff confirms it."""

import html
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from documents import delivery
from documents.access import Admission
from documents.models import AccessGrant, Delivery
from tests import cast, signin
from tests.audit import logs
from trustcenter.accounts.companies import flows
from trustcenter.accounts.models import Company, User
from trustcenter.audit import FlowError, history, state
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.audit.verify import verify

STATED = "“Example Corp” (stated by the requester)"


def confirm(client, request, legal_name="Example Corp, Inc."):
    company = Company.objects.get(people=request.requester)
    typed = {"legal_name": legal_name, "seen": company.legal_name}
    return client.post(reverse("desk:company_name", args=[company.pk]), typed, follow=True)


def page(client, request):
    return html.unescape(client.get(reverse("desk:request", args=[request.pk])).content.decode())


@pytest.fixture
def ada(client, db):
    ada = cast.ada()
    signin.staff_client(client, ada)
    return ada


@pytest.fixture
def asked(db):
    return cast.open_request(cast.rhea(), cast.document())


def test_company_is_stated_until_somebody_confirms_it(client, ada, asked):
    assert STATED in page(client, asked) and STATED in html.unescape(client.get("/desk/").content.decode())
    answer = html.unescape(confirm(client, asked).content.decode())
    assert "Confirmed. New copies show this name." in answer and STATED not in page(client, asked)
    assert "Example Corp, Inc." in answer and "by “Ada Approver” (ada@trust.example)" in answer
    company = Company.objects.get()
    assert (company.legal_name, company.confirmed_by) == ("Example Corp, Inc.", ada) and company.confirmed_at
    (entry,) = history.entries(Record.objects.filter(action=Action.COMPANY_CONFIRMED))
    assert entry.text == (
        "“Ada Approver” (ada@trust.example) confirmed that “Example Corp, Inc.” uses the mail domain example.com"
    )
    assert entry.subject == f"company:{company.pk}"


def test_headline_names_person_and_domain_and_no_company(client, ada, asked):
    for _ in range(2):
        found = page(client, asked)
        assert "<h1>“Rhea Diaz” (rhea@example.com) asks for" in found
        headline = found[found.index("<h1>") : found.index("</h1>")]
        title = found[found.index("<title>") : found.index("</title>")]
        assert "Example Corp" not in headline + title
        confirm(client, asked)


def test_copy_prints_a_company_only_when_it_is_confirmed(ada, asked):
    rhea, version = asked.requester, cast.current_version(asked.documents.get())
    cast.sign(asked, rhea, cast.nda())
    cast.approve(asked, ada)

    def printed() -> str:
        admitted = Admission(AccessGrant.objects.get(), version)
        begun = delivery.begin(Delivery.Kind.DOWNLOAD, admitted.version, admitted.grant, "session", timezone.now(), 1)
        return begun.printed_company

    assert printed() == ""
    flows.confirm(Company.objects.get(), legal_name="Example Corp, Inc.", by=ada)
    assert printed() == "Example Corp, Inc."


@pytest.mark.parametrize("who", [cast.sal, cast.edda, cast.otto])
def test_only_those_who_decide_confirm(client, asked, who):
    person = who()
    signin.staff_client(client, person) if person.is_staff else client.force_login(person)
    assert confirm(client, asked).status_code == 403
    with pytest.raises(FlowError) as refused:
        flows.confirm(Company.objects.get(), legal_name="Example Corp", by=person)
    assert refused.value.code == "not_yours_to_change" and Company.objects.get().confirmed_at is None


@pytest.mark.parametrize(("typed", "sentence"), [("  ", "Enter the legal name"), ("Ex\u202eample", "U+202E")])
def test_name_has_to_be_a_name(client, ada, asked, typed, sentence):
    assert sentence in confirm(client, asked, typed).content.decode()
    assert Company.objects.get().confirmed_at is None


def test_confirmed_name_is_corrected_by_somebody_who_saw_it(client, ada, asked):
    confirm(client, asked)
    answer = html.unescape(confirm(client, asked, "Example Holding").content.decode())
    assert "Saved. New copies show this name." in answer
    company = Company.objects.get()
    assert (company.legal_name, company.confirmed_by) == ("Example Holding", ada)
    # Somebody has corrected it since this page was opened.
    stale = {"legal_name": "Example AG", "seen": "Example Corp, Inc."}
    path = reverse("desk:company_name", args=[company.pk])
    assert "Somebody has changed this since" in client.post(path, stale, follow=True).content.decode()
    assert "This is already its name" in confirm(client, asked, "Example Holding").content.decode()
    assert Company.objects.get().legal_name == "Example Holding"
    assert logs.differing() == []


def test_there_is_nothing_to_confirm_of_free_mail(client, ada):
    request = cast.open_request(cast.person("freddy@gmx.net", "Freddy"), cast.document())
    assert "No company domain" in page(client, request) and "Confirm the company" not in page(client, request)


def test_request_leads_to_the_page_that_confirms(client, ada, asked):
    company = Company.objects.get()
    assert f'<a href="/desk/companies/{company.pk}/">Confirm the company</a>' in " ".join(page(client, asked).split())
    assert client.get(reverse("desk:company_name", args=[company.pk])).status_code == 405
    assert client.post("/desk/companies/none/name/", {"legal_name": "X"}).status_code == 404


def test_company_answers_to_the_log(ada, asked):
    company = Company.objects.get()
    assert logs.differing() == []
    flows.confirm(company, legal_name="Example Corp, Inc.", by=ada)
    assert logs.differing() == []
    Company.objects.update(legal_name="Known Corp")
    (found,) = logs.differing()
    assert found.startswith(f"company:{company.pk}") and "name is not what was recorded" in found


def test_forged_confirmation_is_found(ada, asked):
    Company.objects.update(confirmed_at=timezone.now(), confirmed_by=ada)
    (found,) = logs.differing()
    assert "confirmed_at is" in found and "confirmed_by is" in found
    with pytest.raises(IntegrityError, match="company_confirmed"), transaction.atomic():
        Company.objects.update(confirmed_by=None)


def test_forged_membership_is_found(ada):
    signin.sign_in_by_code(Client(), "vera@example.com")
    vera = User.objects.get(email="vera@example.com")
    cast.open_request(vera, cast.document())
    before = [str(one) for one in state.differences(verify().told)]
    User.objects.filter(pk=vera.pk).update(company=Company.objects.create(legal_name="Known Corp"))
    found = {str(one) for one in state.differences(verify().told)} - set(before)
    assert any(one.startswith(f"user:{vera.pk}") and "company is" in one for one in found)
    assert any("no record knows this row" in one for one in found)


def test_two_who_confirm_at_once_are_one(racing):
    people = [cast.ada(), cast.ben()]
    cast.open_request(cast.rhea(), cast.document())
    company, start, refused = Company.objects.get(), threading.Barrier(2), []

    def go(person: User) -> None:
        start.wait()
        try:
            flows.confirm(company, legal_name=f"By {person.name}", by=person)
        except FlowError as refusal:
            refused.append(refusal.code)
        connection.close()

    threads = [threading.Thread(target=go, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["confirmed_before"]
    assert Record.objects.filter(action=Action.COMPANY_CONFIRMED).count() == 1
