"""A mail domain is added, moved to another company, or removed: shown first, with its people."""

import re

import pytest

from tests import cast, signin
from tests.audit import logs
from tests.ndaflow.desk.companies.scene import asked, company_of, confirmed, page, post
from trustcenter.accounts.models import Company, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client, db):
    ada = cast.ada()
    signin.staff_client(client, ada)
    return ada


def seen(shown: str) -> str:
    return re.findall(r'name="seen" value="(\w+)"', shown)[-1]


def test_domain_moves_with_its_people(client, ada):
    example = confirmed(asked("rhea@example.com", "Rhea Diaz"), ada)
    other = company_of(asked("otto@outsider.example", "Otto Falk", "Outsider"))
    shown = page(client, "company_domain", other.pk, "outsider.example", q="example.com")
    assert "1 person: “Otto Falk” (otto@outsider.example)" in shown and "“Example Corp, Inc.”" in shown
    shown = page(client, "company_domain", other.pk, "outsider.example", to=example.pk)
    assert "Move the domain and 1 person" in shown
    assert "Moved, with its people." in post(
        client, "company_domain", other.pk, "outsider.example", to=example.pk, seen=seen(shown)
    )
    assert User.objects.get(email="otto@outsider.example").company == example
    assert sorted(example.domains.values_list("domain", flat=True)) == ["example.com", "outsider.example"]
    # The other company is there, empty, and a second click says so.
    again = post(client, "company_domain", other.pk, "outsider.example", to=example.pk, seen=seen(shown))
    assert "now belongs to another company" in again and "Nobody belongs to this company" in again
    assert logs.differing() == []


def test_removed_domain_leaves_its_people_without_a_company(client, ada):
    company = company_of(asked("rhea@example.com", "Rhea Diaz"))
    shown = page(client, "company_domain", company.pk, "example.com")
    assert "Remove it, and 1 person, from the company" in shown
    # Somebody joins after the page was shown.
    asked("vera@example.com", "Vera Lind")
    stale = post(client, "company_domain", company.pk, "example.com", seen=seen(shown))
    assert "Somebody has changed this since" in stale and company.domains.exists()
    shown = page(client, "company_domain", company.pk, "example.com")
    assert "Removed." in post(client, "company_domain", company.pk, "example.com", seen=seen(shown))
    assert not company.domains.exists() and not company.people.exists()
    assert client.get(f"/desk/companies/{company.pk}/domains/example.com/").status_code == 404
    assert logs.differing() == []


def test_new_domain_is_added_after_showing_who_joins(client, ada):
    example = confirmed(asked("rhea@example.com", "Rhea Diaz"), ada)
    company_of(asked("otto@outsider.example", "Otto Falk", "Outsider"))
    cast.person("lone@example.net", "Lone")
    shown = page(client, "company_domain_add", example.pk, domain=" @Example.NET ")
    assert "Who joins with example.net" in shown and "“Lone” (lone@example.net)" in shown
    answer = post(client, "company_domain_add", example.pk, domain="example.net", seen=seen(shown))
    assert "Added. People with an address there belong to this company from now on." in answer
    assert User.objects.get(email="lone@example.net").company == example
    sentences = {
        "example.net": "example.net already belongs to this company.",
        "outsider.example": "outsider.example belongs to “Outsider”. Move it from there.",
        "gmail.com": "Anyone can get an address at gmail.com, so it belongs to no company.",
        "example": "Enter an e-mail address, or a whole mail domain such as example.com.",
        "exa\u00admple.com": "Enter an e-mail address, or a whole mail domain such as example.com.",
    }
    for typed, sentence in sentences.items():
        assert sentence in page(client, "company_domain_add", example.pk, domain=typed)
        assert sentence in post(client, "company_domain_add", example.pk, domain=typed, seen="")
    assert Company.objects.filter(domains__domain="outsider.example").get().legal_name == "Outsider"
    assert logs.differing() == []
