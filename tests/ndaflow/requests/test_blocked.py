"""A blocked person reads the same words as everyone, and the request is denied with the operator's reason as it opens."""

import html

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ndaflow.requests import flows, risks
from ndaflow.requests.models import Decision, RequestStatus
from tests import cast, signin
from tests.audit import logs
from trustcenter.accounts import listed
from trustcenter.accounts.models import Company, Listed, User
from trustcenter.audit import history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db
REASON = "We do not work with resellers."


def put(verdict: str, *, by: User, **entry: str) -> Listed:
    return Listed.objects.create(verdict=verdict, reason=REASON, added_by=by, **entry)


def verdict_on(address: str) -> str:
    found = Listed.objects.deciding_about(address)
    return f"{found.verdict} {found.entry}" if found else ""


def test_closest_entry_decides():
    ada = cast.ada()
    put("block", by=ada, domain="example.com")
    put("allow", by=ada, address="rhea@example.com")
    put("allow", by=ada, domain="lab.example.com")
    assert verdict_on("rhea@example.com") == "allow rhea@example.com"
    assert verdict_on("vera@example.com") == "block example.com"
    # A block reaches the domains below it, and an entry for one of these is closer.
    assert verdict_on("eve@mail.example.com") == "block example.com"
    assert verdict_on("eve@lab.example.com") == "allow lab.example.com"
    # An allowed domain says nothing about the ones below it, and a name that only ends alike is another domain.
    assert verdict_on("eve@x.lab.example.com") == "block example.com"
    assert verdict_on("eve@notexample.com") == verdict_on("rhea@example.co") == ""


def test_block_of_a_company_and_who_is_stronger():
    ada, rhea, vera = cast.ada(), cast.rhea(), cast.vera()
    now = timezone.now()
    company = Company.objects.create(
        legal_name="Example Corp", blocked_at=now, blocked_by=ada, blocked_reason="A competitor."
    )
    User.objects.filter(pk__in=[rhea.pk, vera.pk]).update(company=company)
    put("allow", by=ada, address="rhea@example.com")
    put("allow", by=ada, domain="example.com")
    found = {
        person.email: listed.block_of(person)
        for person in User.objects.filter(company=company).select_related("company")
    }
    assert found["rhea@example.com"] is None
    block = found["vera@example.com"]
    assert block == listed.Block("Example Corp", company.pk, "A competitor.")


def test_request_of_a_blocked_person_is_denied_as_it_opens(client):
    """Asking and the code look like everybody's; the reason comes after the address is proven."""
    ada, soc2 = cast.ada(), cast.requestable()
    entry = put("block", by=ada, domain="example.com")
    typed = {"documents": [soc2.slug], "name": "Rhea Diaz", "company_name": "Example Corp", "reason": "Review."}
    seen = {}
    for email in ("rhea@example.com", "otto@outsider.example"):
        other = Client()
        answer = other.post(reverse("requests:ask"), typed | {"email": email}, follow=True)
        seen[email] = answer.content.decode().replace(email, "ADDRESS")
        assert signin.type_code(other, signin.mailed_code(email)).status_code == 302
        page = html.unescape(other.get(reverse("requests:my")).content.decode())
        assert ("Denied" in page) is (email == "rhea@example.com")
        if email == "rhea@example.com":
            denied = User.objects.get(email=email).access_requests.get()
            assert REASON in html.unescape(other.get(reverse("requests:request", args=[denied.pk])).content.decode())
    assert _comparable(seen["rhea@example.com"]) == _comparable(seen["otto@outsider.example"])
    assert (denied.status, denied.closing_reason) == (RequestStatus.DENIED, REASON)
    assert not Decision.objects.exists() and denied.items.get().outcome == "denied"
    # The requester gets one mail with the reason, and approvers hear of the other request only.
    assert REASON in Mail.objects.filter(to="rhea@example.com").first().body
    assert "rhea@example.com" not in " ".join(Mail.objects.filter(to=ada.email).values_list("body", flat=True))
    (record,) = history.entries(Record.objects.filter(action=Action.REQUEST_BLOCKED))
    assert record.detail["listed"] == entry.pk and record.subject == f"accessrequest:{denied.pk}"
    assert record.text == (
        f"Soc 2 type ii report was denied to “Rhea Diaz” (rhea@example.com) at once, because “example.com” is blocked: “{REASON}”"
    )


def _comparable(page: str) -> str:
    """The page without what is different for each visitor."""
    return "".join(line for line in page.splitlines() if "csrfmiddlewaretoken" not in line)


def test_colleague_who_takes_over_is_turned_away_too():
    ada, rhea, vera = cast.ada(), cast.rhea(), cast.vera()
    cast.nda()
    request = cast.open_request(rhea, cast.document())
    flows.forward(cast.fresh(request), by=rhea, email=vera.email)
    put("block", by=ada, address="vera@example.com")
    taken = flows.take_over(cast.fresh(request), by=vera, name="Vera Lind")
    assert (taken.status, taken.closing_reason) == (RequestStatus.DENIED, REASON)
    assert cast.fresh(request).status == RequestStatus.WITHDRAWN
    assert not [one for one in logs.differing() if "listed" not in one]


def test_block_after_the_request_is_a_warning_and_an_allowed_free_address_has_none():
    ada, freddy = cast.ada(), cast.person("freddy@gmx.net", "Freddy")
    request = cast.open_request(freddy, cast.document())
    assert [one.kind for one in risks.warnings(request, {})] == [risks.Kind.FREE_MAIL]
    entry = put("allow", by=ada, address="freddy@gmx.net")
    assert risks.warnings(cast.fresh(request), {}) == []
    notes = risks.notes(cast.fresh(request), [], reader=ada)
    assert (risks.Kind.ALLOWED, f"freddy@gmx.net: “{REASON}”") in [(one.kind, one.text) for one in notes]
    Listed.objects.filter(pk=entry.pk).update(verdict="block")
    (blocked, _free) = risks.warnings(cast.fresh(request), {})
    assert (blocked.kind, blocked.text) == (risks.Kind.BLOCKED, f"freddy@gmx.net: “{REASON}”")
