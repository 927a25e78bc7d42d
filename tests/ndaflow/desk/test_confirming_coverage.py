"""An approver confirms that a signature covers the signer's company, and a colleague's document opens."""

import copy

import pytest
from django.urls import reverse
from django.utils import timezone

from documents.models import AccessGrant
from ndaflow.agreements import confirming
from ndaflow.agreements.models import Coverage, Signature
from ndaflow.requests.models import RequestStatus
from tests import cast
from tests.audit import logs
from tests.signin import staff_client
from trustcenter.accounts.models import Company, User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(shared_scene):
    """Rhea has signed a text that is meant for her company; her colleague Vera's request is approved and waits."""
    ada, rhea, vera = cast.ada(), cast.rhea(), cast.vera()
    version = cast.nda(covers="company")
    request = cast.open_request(rhea, cast.document())
    signature = cast.sign(request, rhea, version)
    waiting = cast.open_request(vera, cast.document("caiq"))
    cast.approve(waiting, ada)
    return {"ada": ada, "signature": signature, "request": request, "waiting": waiting, "vera": vera, "rhea": rhea}


@pytest.fixture
def scene(made):
    return copy.deepcopy(made)


@pytest.fixture
def ada(scene):
    return scene["ada"]


def url(signature: Signature) -> str:
    return reverse("desk:confirm_coverage", args=[signature.pk])


def posted(client, scene) -> str:
    back = reverse("desk:request", args=[scene["request"].pk])
    answer = client.post(url(scene["signature"]), {"back": back}, follow=True)
    assert answer.redirect_chain[-1][0] == back
    return " ".join(answer.content.decode().split())


def test_company_first_then_the_signature_and_the_colleague_signs_nothing(client, ada, scene):
    staff_client(client, ada)
    page = client.get(reverse("desk:request", args=[scene["request"].pk])).content.decode()
    assert "Meant to cover: Everyone at Example Corp" in " ".join(page.split()) and "Confirm the company first." in page
    assert "Confirm the company first." in posted(client, scene)
    assert cast.fresh(scene["waiting"]).status == RequestStatus.OPEN
    cast.confirm_company(scene["rhea"], ada)
    Mail.objects.all().delete()
    page = posted(client, scene)
    assert (
        "Covered now: Everyone at Example Corp" in page
        and "<dd>Everyone at Example Corp <small>" in page
        and "Meant to cover" not in page
    )
    assert cast.fresh(scene["waiting"]).status == RequestStatus.GRANTED
    row = Coverage.objects.get(scope="company")
    item = scene["waiting"].items.get()
    assert item.opened_under == {"nda": row.pk} and (row.confirmed_by, row.signature) == (ada, scene["signature"])
    told = {mail.to: mail.subject for mail in Mail.objects.all()}
    assert "covers your colleagues too" in told["rhea@example.com"] and "vera@example.com" in told
    actions = list(Record.objects.order_by("-number").values_list("action", flat=True)[:2])
    assert actions == [Action.REQUEST_GRANTED, Action.COVERAGE_CONFIRMED]
    assert logs.differing() == []


def test_a_page_seen_before_the_confirmation_is_old(ada, scene):
    seen = scene["waiting"] = cast.fresh(cast.open_request(scene["vera"], cast.document("plan", "restricted")))
    cast.confirm_company(scene["rhea"], ada)
    confirming.confirm(scene["signature"], by=ada)
    with pytest.raises(FlowError, match="look again"):
        cast.flows.decide(seen, [cast.approval(item, "2999-01-01") for item in seen.items.all()], by=ada)


def test_twice_is_once(client, ada, scene):
    cast.confirm_company(scene["rhea"], ada)
    confirming.confirm(scene["signature"], by=ada)
    assert "already confirmed this" in posted(staff_client(client, ada), scene)
    assert Coverage.objects.filter(scope="company").count() == 1


REFUSED = {
    "text for the signer alone": (lambda: Signature.objects.update(scope="person"), "cover one person only"),
    "free-mail address": (
        lambda: User.objects.filter(email="rhea@example.com").update(company=None),
        "belongs to no company",
    ),
    "moved to another company": (
        lambda: User.objects.filter(email="rhea@example.com").update(
            company=Company.objects.create(legal_name="Other Ltd")
        ),
        "belongs to no company",
    ),
    "signed anew since": (lambda: Signature.objects.update(superseded_at=timezone.now()), "no longer counts"),
    "ended since": (lambda: Coverage.objects.update(ended_at="2026-01-01T00:00Z", end="expired"), "no longer counts"),
    "blocked": (
        lambda: Company.objects.update(
            blocked_at=timezone.now(), blocked_by=User.objects.get(email="ada@trust.example"), blocked_reason="Export."
        ),
        "is blocked",
    ),
}


@pytest.mark.parametrize(("change", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_confirmed_covers_nobody(ada, scene, change, words):
    cast.confirm_company(scene["rhea"], ada)
    change()
    with pytest.raises(FlowError, match=words):
        confirming.confirm(scene["signature"], by=ada)
    assert not Coverage.objects.exclude(scope="person").exists() and AccessGrant.objects.count() == 0


def test_nobody_confirms_their_own_signature_or_without_permission(ada, scene):
    cast.confirm_company(scene["rhea"], ada)
    for person, words in ((scene["rhea"], "permission"), (cast.sal(), "permission")):
        with pytest.raises(FlowError, match=words):
            confirming.confirm(scene["signature"], by=person)
    scene["rhea"].groups.set(ada.groups.all())
    with pytest.raises(FlowError, match="your own signature"):
        confirming.confirm(scene["signature"], by=User.objects.get(pk=scene["rhea"].pk))


def test_other_methods_and_missing_signatures(client, ada, scene):
    staff_client(client, ada)
    assert client.get(url(scene["signature"])).status_code == 405
    assert client.post(reverse("desk:confirm_coverage", args=["0" * 16])).status_code == 404
    # The page to return to is one of ours.
    assert client.post(url(scene["signature"]), {"back": "//evil.example/"}).url == reverse("desk:agreements")
