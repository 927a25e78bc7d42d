"""Approvers allow and block addresses and mail domains."""

import pytest
from django.urls import reverse

from tests import cast, signin
from tests.audit import logs
from tests.ndaflow.desk.companies.scene import page, post
from trustcenter.accounts.listed import flows
from trustcenter.accounts.models import Listed
from trustcenter.audit import FlowError, history
from trustcenter.audit.models import Record

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben(client, db):
    ben = cast.ben()
    signin.staff_client(client, ben)
    return ben


def test_address_and_domain_are_listed_and_removed(client, ben):
    added = post(client, "listed", entry="Rhea@Example.com", verdict="allow", reason="Our auditor.")
    assert "rhea@example.com is allowed." in added and "“Our auditor.”" in added
    post(client, "listed", entry="@Evil.example", verdict="block", reason="Resellers.")
    assert {(one.address, one.domain, one.verdict) for one in Listed.objects.all()} == {
        ("rhea@example.com", "", "allow"),
        ("", "evil.example", "block"),
    }
    assert "evil.example" not in page(client, "listed", show="allow") and "evil.example" in page(client, "listed")
    assert logs.differing() == []
    entry = Listed.objects.get(domain="evil.example")
    assert "Removed from the list." in post(client, "unlist", entry.pk)
    assert client.post(reverse("desk:unlist", args=[entry.pk])).status_code == 404
    texts = [one.text for one in history.entries(Record.objects.filter(action__startswith="list.").order_by("number"))]
    assert texts[1:] == [
        "“Ben Approver” (ben@trust.example) put “evil.example” on the list as blocked: “Resellers.”",
        "“Ben Approver” (ben@trust.example) removed “evil.example” from the list. It was blocked",
    ]
    assert logs.differing() == []


def test_blocking_says_what_stays_open(client, ben):
    rhea = cast.rhea()
    cast.granted(rhea, ben, cast.requestable())
    for entry in ("example.com", "rhea@example.com"):
        answer = post(client, "listed", entry=entry, verdict="block", reason="No.")
        assert f"{entry} is blocked. New requests are denied with your reason. 1 document stays open" in answer
        assert "See who holds them" in answer


def test_domain_above_ones_own_blocks_oneself():
    with pytest.raises(FlowError) as refused:
        flows.put("trust.example", "block", reason="No.", by=cast.person("bo@eu.trust.example", "Bo", "approver"))
    assert refused.value.code == "own_entry"


@pytest.mark.parametrize(
    ("entry", "verdict", "sentence"),
    [
        ("example", "block", "Enter an e-mail address, or a whole mail domain"),
        ("rh ea@example.com", "block", "This is not an e-mail address that we can write to."),
        ("gmail.com", "allow", "Anyone can get an address at gmail.com."),
        ("ben@trust.example", "block", "This would block you."),
        ("trust.example", "block", "This would block you."),
        ("known@example.com", "block", "“known@example.com” is already on the list (allowed)."),
        ("example.com", "block", "For a block, it is the answer to their requests."),
    ],
)
def test_wrong_entry_gets_a_sentence_and_loses_nothing(client, ben, entry, verdict, sentence):
    flows.put("known@example.com", Listed.Verdict.ALLOW, reason="Known.", by=ben)
    reason = "" if entry == "example.com" else "Because of it."
    answer = post(client, "listed", entry=entry, verdict=verdict, reason=reason)
    assert sentence in answer and f'value="{entry}"' in answer and reason in answer
    assert Listed.objects.count() == 1


def test_only_those_who_manage_the_list_change_it(client):
    entry = flows.put("example.com", Listed.Verdict.BLOCK, reason="No.", by=cast.ben())
    signin.staff_client(client, cast.person("iris@trust.example", "Iris", "auditor"))
    assert "Add to the list" not in page(client, "listed")
    typed = {"entry": "example.net", "verdict": "block", "reason": "No."}
    assert client.post(reverse("desk:listed"), typed).status_code == 403
    assert client.post(reverse("desk:unlist", args=[entry.pk])).status_code == 403
    with pytest.raises(FlowError):
        flows.remove(entry, by=cast.sal())
    assert Listed.objects.get() == entry
