"""Whom an agreement covers, at the gate and at the door."""

import copy
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from ndaflow.agreements import confirming
from ndaflow.agreements.coverage import covered, covering, in_force, is_reached, people
from ndaflow.agreements.models import Coverage
from tests import cast
from trustcenter.accounts.models import Company, CompanyDomain, User

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_only_one_module_writes_coverage():
    writes = re.compile(
        r"Coverage\.objects\.(create|bulk_create|get_or_create)|\.update\([^)]*end=Coverage|coverage\.save"
    )
    found = {
        path.name
        for room in ("ndaflow", "documents", "trustcenter")
        for path in Path(settings.BASE_DIR, room).rglob("*.py")
        if "migrations" not in path.parts and writes.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"coverage_changes.py"}


@pytest.fixture(scope="module")
def made(shared_scene):
    """Rhea has signed for her company, which is confirmed; Vera is her colleague, Cleo has the same company and another
    domain, Otto is a stranger, and two people have free-mail addresses."""
    ada, version = cast.ada(), cast.nda(covers="company")
    rhea, vera, otto = cast.rhea(), cast.vera(), cast.otto()
    cleo = cast.person("cleo@example.org", "Cleo")
    request = cast.open_request(rhea, cast.document())
    signature = cast.sign(request, rhea, version)
    company = cast.confirm_company(rhea, ada)
    CompanyDomain.objects.create(company=company, domain="example.org")
    User.objects.filter(pk__in=[vera.pk, cleo.pk]).update(company=company)
    free = [cast.person(f"{name}@gmail.com", name) for name in ("one", "other")]
    everyone = {"rhea": rhea, "vera": vera, "cleo": cleo, "otto": otto, "one": free[0], "other": free[1]}
    return {"ada": ada, "signature": signature, "company": company, "people": everyone}


@pytest.fixture
def scene(made):
    return copy.deepcopy(made)


def names(scene, instant=None) -> str:
    """Who is covered, by each of the four ways to ask, which have to agree."""
    at, found = instant or timezone.now(), set()
    for name, person in scene["people"].items():
        fresh = User.objects.get(pk=person.pk)
        door = covered(fresh, at) == {"nda"}
        assert bool(covering(fresh, ["nda"], at, new=False)) is door, name
        rows = in_force(at, new=False)
        assert User.objects.filter(is_reached(rows), pk=person.pk).exists() is door, name
        assert any(people(row).filter(pk=person.pk).exists() for row in rows) is door, name
        if door:
            found.add(name)
    return " ".join(sorted(found))


def row(scene, **fields) -> Coverage:
    confirmed = {"confirmed_by": scene["ada"], "confirmed_at": timezone.now()} if fields["scope"] != "person" else {}
    own = {"agreement": scene["signature"].agreement, "version": scene["signature"].version}
    Coverage.objects.exclude(scope="person").delete()
    return Coverage.objects.create(signature=scene["signature"], **own, **confirmed, **fields)


def test_a_signature_covers_its_signer_until_somebody_confirms_more(scene):
    assert names(scene) == "rhea"
    confirming.confirm(scene["signature"], by=scene["ada"])
    assert names(scene) == "cleo rhea vera"
    # What covers a colleague is the signer's.
    found = covering(User.objects.get(pk=scene["people"]["vera"].pk), ["nda"], timezone.now(), new=True)["nda"]
    assert found.signature == scene["signature"] and found.company == scene["company"]


def test_scopes_reach_a_company_or_one_of_its_domains(scene):
    row(scene, scope="company", company=scene["company"])
    assert names(scene) == "cleo rhea vera"
    row(scene, scope="domain", domain="example.com")
    assert names(scene) == "rhea vera"
    row(scene, scope="domain", domain="example.org")
    assert names(scene) == "cleo rhea"
    # A domain that belongs to no company, as a free-mail one, covers nobody, whatever a row says.
    row(scene, scope="domain", domain="gmail.com")
    assert names(scene) == "rhea"


def test_company_that_is_no_longer_confirmed_covers_nobody_else(scene):
    wide = row(scene, scope="company", company=scene["company"])
    Company.objects.update(confirmed_at=None, confirmed_by=None)
    assert names(scene) == "rhea"
    Company.objects.update(confirmed_at=timezone.now(), confirmed_by=scene["ada"])
    assert names(scene) == "cleo rhea vera"
    Coverage.objects.filter(pk=wide.pk).update(ended_at=timezone.now(), end="expired")
    assert names(scene) == "rhea"


def test_coverage_begins_and_ends_by_the_clock(scene):
    now = timezone.now()
    Coverage.objects.update(starts_at=now, ends_at=now + DAY)
    assert [names(scene, at) for at in (now - DAY / 99, now, now + DAY - DAY / 99, now + DAY)] == [
        "",
        "rhea",
        "rhea",
        "",
    ]


@pytest.mark.parametrize(("rule", "door", "gate"), [("grandfather", 1, 1), ("next_use", 1, 0), ("now", 0, 0)])
def test_newer_text_ends_earlier_signatures_as_its_rule_says(scene, rule, door, gate):
    vera, soon = scene["people"]["vera"], timezone.now() + DAY
    confirming.confirm(scene["signature"], by=scene["ada"])
    cast.nda("# A newer text", rule, effective_at=soon)
    vera.refresh_from_db()
    assert covered(vera, soon - DAY / 99) and covering(vera, ["nda"], soon - DAY / 99, new=True)
    assert bool(covered(vera, soon)) is bool(door)
    assert bool(covering(vera, ["nda"], soon, new=True)) is bool(gate)


def test_unknown_agreement_and_one_without_a_text_cover_nobody(scene):
    rhea, now = scene["people"]["rhea"], timezone.now()
    assert covering(rhea, ["unheard-of", "baa"], now, new=False) == {}
    cast.baa()
    assert covering(rhea, ["baa"], now, new=False) == {} and covered(rhea, now) == {"nda"}
    assert covering(None, ["nda"], now, new=True) == {}
    User.objects.filter(pk=rhea.pk).update(is_active=False)
    assert covering(User.objects.get(pk=rhea.pk), ["nda"], now, new=False) == {}


BROKEN = {
    "coverage_reaches_one_of_three": {"domain": "example.com"},
    "coverage_has_one_cause": {"signature": None},
    "coverage_wider_is_confirmed_by_a_person": {"scope": "domain", "person": None, "domain": "example.com"},
    "coverage_ends_after_it_starts": {"ends_at": timezone.now() - 9 * DAY},
    "coverage_end_has_a_reason": {"ended_at": timezone.now(), "end": "ended"},
}


def test_database_refuses_coverage_that_breaks_a_promise(scene):
    for name, fields in BROKEN.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Coverage.objects.update(**fields)
