"""The account page of sales: who was invited, asked, signed and read what, and what waits for whom."""

import re

import pytest

from documents.models import AccessGrant, Delivery, ReadPage
from ndaflow.desk.accounts.reading import runs
from ndaflow.invitations import flows as invitations
from ndaflow.requests import flows
from ndaflow.rules import flows as rules
from tests import cast, signin
from tests.ndaflow.invitations import scene
from tests.ndaflow.rules import policies

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def read(grant, version, kind="reading", pages=()):
    """What a reader did, as rows only."""
    delivery = Delivery.objects.create(
        code=f"C{Delivery.objects.count()}",
        kind=kind,
        grant=grant,
        version=version,
        reader=grant.holder,
        printed_email=grant.holder.email,
        printed_company="",
        session_hash="",
        mark_bits=Delivery.objects.count().to_bytes(8) + b"1",
        size=0,
    )
    ReadPage.objects.bulk_create(ReadPage(delivery=delivery, number=number) for number in pages)


@pytest.fixture
def company(client):
    """One company: Rhea reads, Vera waits for us, Mira has to sign, Noor was only invited."""
    ada, sal, version = cast.ada(), cast.sal(), cast.nda()
    rhea, vera, mira = cast.rhea(), cast.vera(), cast.person("mira@example.com", "Mira Holm")
    scene.allow("nda")
    rules.switch_on(by=ada)
    soc2, bridge = cast.requestable(), cast.requestable("bridge")
    asked = cast.open_request(rhea, soc2)
    cast.sign(asked, rhea, version)
    cast.approve(asked, ada)
    flows.assign(cast.fresh(cast.open_request(vera, soc2)), to=ada, by=ada)
    scene.invite(sal, soc2, bridge, email=mira.email)
    policies.let_rules_look(cast.open_request(mira, soc2))
    scene.invite(sal, soc2, email="noor@example.com", name="Noor Aziz")
    scene.invite(sal, soc2, email="otto@outsider.example")
    grant = AccessGrant.objects.get()
    version = soc2.current
    type(version).objects.filter(pk=version.pk).update(pages=104, pages_proven=104)
    read(grant, version, pages=[1, 2, 3, 3 + 4])
    read(grant, version, pages=[3, 4])
    signin.staff_client(client, sal)
    rhea.refresh_from_db()
    return rhea.company


def guests(page):
    """The words of each guest, by name."""
    parts = page.split('<article class="guest">')[1:]
    return {part.split("<h3>")[1].split("</h3>")[0]: " ".join(part.split()) for part in parts}


def test_how_far_everybody_is(client, company, django_assert_num_queries):
    client.get(f"/desk/accounts/{company.pk}/")
    with django_assert_num_queries(12):
        page = client.get(f"/desk/accounts/{company.pk}/").content.decode()
    found = guests(page)
    rhea, vera = found["“Rhea Diaz” (rhea@example.com)"], found["“Vera Lind” (vera@example.com)"]
    mira, noor = found["“Mira Holm” (mira@example.com)"], found["“Noor Aziz” (noor@example.com)"]
    assert len(found) == 4, "a person of another company is not on the page"
    assert "p. 1–4 and 7 of 104" in rhea and "Nothing is waiting" in rhea and "their own request" in rhea
    assert "Waiting for us: Ada Approver" in vera and "<b>Review</b>not yet" in vera
    assert "invited by Sal Seller" in mira and "Waiting for them" in mira and "they have to sign" in mira
    assert "<b>Review</b>approved" in mira
    assert "Waiting for them" in noor and "the invitation works until" in noor and "/withdraw/" in noor
    assert "/approve/" not in page and "/deny/" not in page, "sales decides nothing"
    assert f'href="/desk/accounts/{company.pk}/"' in client.get(f"/desk/companies/{company.pk}/").content.decode()


def test_what_changes_on_it(client, company):
    flows.ask_question(
        cast.fresh(company.people.get(name="Vera Lind").access_requests.get()),
        by=cast.User.objects.get(name="Ada Approver"),
        text="Why?",
    )
    AccessGrant.objects.update(ended_at="2027-01-01T00:00Z", end="revoked")
    for one in invitations.Invitation.objects.filter(email="noor@example.com"):
        invitations.withdraw(one, by=one.invited_by)
    found = guests(client.get(f"/desk/accounts/{company.pk}/").content.decode())
    assert "we asked them a question" in found["“Vera Lind” (vera@example.com)"]
    assert "Ended" in found["“Rhea Diaz” (rhea@example.com)"]
    assert "“Noor Aziz” (noor@example.com)" not in found
    assert client.get(f"/desk/accounts/{'0' * 16}/").status_code == 404
    page = client.get("/desk/companies/?show=mine").content.decode()
    assert "No company here" in page
    type(company).objects.filter(pk=company.pk).update(owner=cast.User.objects.get(name="Sal Seller"))
    assert "Example Corp" in client.get("/desk/companies/?show=mine").content.decode()
    assert "(you)" in client.get(f"/desk/accounts/{company.pk}/").content.decode()


def lines(page):
    """What each line of the list says."""
    return [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in page.split("<tbody>")[1].split("<tr>")[1:]]


def test_every_account_with_what_waits_for_whom(client, company, django_assert_num_queries):
    asked = cast.open_request(cast.otto(), cast.Document.objects.get(slug="bridge"))
    scene.invite(
        cast.User.objects.get(name="Sal Seller"), cast.Document.objects.get(slug="bridge"), email="o@new.example"
    )
    type(company).objects.filter(pk=company.pk).update(owner=cast.User.objects.get(name="Sal Seller"))
    client.get("/desk/accounts/")
    with django_assert_num_queries(12):
        page = client.get("/desk/accounts/").content.decode()
    # By the domain, because both people typed the same name of a company.
    outsider, example = sorted(lines(page), key=lambda line: "· example.com" in line)
    assert "Waiting for us: Ada Approver Waiting for them × 2 1" in example, example
    assert "Waiting for us Waiting for them 0" in outsider, outsider
    assert "1 invitation waits at a company from which nobody has come yet" in " ".join(page.split())
    cast.Company.objects.bulk_create(cast.Company(legal_name=f"Quiet {n:02}") for n in range(30))
    with django_assert_num_queries(12):
        found = lines(client.get("/desk/accounts/?show=all").content.decode())
    assert len(found) == 25 and "Waiting for us" in found[0] and "Waiting for us" in found[1], found[:3]
    assert found[2].startswith("“Quiet 00”") and "Nothing" in found[2]
    flows.ask_question(cast.fresh(asked), by=cast.User.objects.get(name="Ada Approver"), text="Why?")
    only = lines(client.get("/desk/accounts/?show=us").content.decode())
    assert len(only) == 1 and "Ada Approver" in str(only)
    # Another text is in force: who reads has to sign again.
    cast.nda("Another text.", "now")
    (one,) = [line for line in lines(client.get("/desk/accounts/").content.decode()) if "· example.com" in line]
    assert "Waiting for them × 3" in one
    assert "No account matches your search" in client.get("/desk/accounts/?q=zzz").content.decode()
    signin.staff_client(client, cast.person("audrey@trust.example", "Audrey", "auditor"))
    assert "No account is yours yet" in client.get("/desk/accounts/?show=mine").content.decode()
    assert len(lines(client.get("/desk/accounts/?page=2").content.decode())) == 7, "who invites nobody sees all"


def test_accounts_that_have_to_do_something(client, company):
    ada = cast.User.objects.get(name="Ada Approver")
    mira, vera = company.people.filter(name__in=["Mira Holm", "Vera Lind"]).order_by("name")
    outsider = cast.open_request(cast.otto(), cast.Document.objects.get(slug="bridge")).requester.company

    def waited_for():
        """Who is in the filter, which has to be who has the words in the list of all."""
        page = client.get("/desk/accounts/?show=them").content.decode()
        every = lines(client.get("/desk/accounts/?show=all").content.decode())
        assert (lines(page) if "<tbody>" in page else []) == [one for one in every if "Waiting for them" in one]
        return {one for one in (company, outsider) if one.pk in page}

    assert waited_for() == {company, outsider}, "by invitations, and a signature"
    for one in invitations.Invitation.objects.all():
        if one.state == "sent":
            invitations.withdraw(one, by=one.invited_by)
    assert waited_for() == {company}, "by a signature"
    flows.withdraw(cast.fresh(mira.access_requests.get()), by=mira)
    assert waited_for() == set()
    assert "We are not waiting for any account" in client.get("/desk/accounts/?show=them").content.decode()
    asked = flows.ask_question(cast.fresh(vera.access_requests.get()), by=ada, text="Why?")
    assert waited_for() == {company}, "by an answer"
    flows.answer(cast.fresh(asked), by=vera, text="A review.")
    cast.nda("Another text.", "next_use")
    assert waited_for() == {company}, "by another signature, of Rhea"


def test_an_account_without_anybody(client):
    signin.staff_client(client, cast.sal())
    rhea = cast.rhea()
    empty = cast.Company.objects.create(legal_name="Empty AB")
    page = client.get(f"/desk/accounts/{empty.pk}/").content.decode()
    assert "Nobody is invited and nobody has asked" in page and f"?company={empty.pk}" in page
    assert 'value="Empty AB"' not in client.get("/desk/invitations/new/?company=none").content.decode()
    assert rhea.company is None


@pytest.mark.parametrize(
    ("pages", "said"),
    [([3], "3"), ([1, 2, 2], "1–2"), ([1, 3, 5, 7, 9, 11], "1, 3, 5, 7, 9 and more"), ([], "")],
)
def test_runs_of_pages(pages, said):
    assert runs(pages) == said
