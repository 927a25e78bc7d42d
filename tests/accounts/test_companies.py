import threading

import pytest
from django.db import connection

from tests import cast
from trustcenter.accounts import companies
from trustcenter.accounts.freemail import FREE_MAIL
from trustcenter.accounts.models import Company, CompanyDomain, User


def test_first_person_of_a_domain_creates_its_company(db):
    rhea = cast.rhea()
    company = companies.attach(rhea, " Example Corp ")
    assert (company.legal_name, rhea.company) == ("Example Corp", company)
    assert [row.domain for row in company.domains.all()] == ["example.com"]


def test_next_person_joins_the_company_whatever_name_they_state(db):
    company = companies.attach(cast.rhea(), "Example Corp")
    assert companies.attach(cast.vera(), "Something Else") == company
    assert Company.objects.get().legal_name == "Example Corp"


def test_similar_domain_does_not_join_the_company(db):
    companies.attach(cast.rhea(), "Example Corp")
    stranger = cast.person("eve@mail.example.com", "Eve")
    assert companies.attach(stranger) is None


@pytest.mark.parametrize("domain", ["gmail.com", "GMAIL.com", "outlook.com", "proton.me", "web.de", "qq.com"])
def test_free_mail_address_creates_no_company(db, domain):
    assert companies.attach(cast.person(f"someone@{domain}", "Someone"), "Example Corp") is None
    assert not Company.objects.exists()


def test_free_mail_list_is_clean():
    assert len(FREE_MAIL) > 100
    assert all(domain == domain.lower() and "." in domain for domain in FREE_MAIL)


def test_unknown_domain_without_a_stated_name_creates_no_company(db):
    assert companies.attach(cast.rhea()) is None


def test_concurrent_first_people_of_a_domain_share_one_company(racing):
    people = [cast.rhea(), cast.vera()]
    start = threading.Barrier(2)

    def go(person: User, name: str) -> None:
        start.wait()
        companies.attach(person, name)
        connection.close()

    threads = [threading.Thread(target=go, args=(person, f"Name {number}")) for number, person in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Company.objects.count(), CompanyDomain.objects.count()) == (1, 1)
    assert len({User.objects.get(pk=person.pk).company_id for person in people}) == 1
