"""What a rule may make stricter about one requested document, and what that means for people and for the door."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from documents import access
from documents.access import Way, WrongWay
from documents.models import AccessGrant
from documents.reading import page_images
from ndaflow.requests.models import Decision, RequestedDocument, RequestStatus
from ndaflow.rules.models import RuleVersion
from tests import cast
from trustcenter.audit import FlowError

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    rhea, version = cast.rhea(), cast.nda()
    request = cast.open_request(rhea, cast.document())
    cast.sign(request, rhea, version)
    return request


def tighten(request, **how):
    request.items.update(**how)


def status(request):
    return cast.fresh(request).status


def test_two_people_have_to_approve(scene):
    tighten(scene, approvals_at_least=2)
    cast.approve(scene, cast.ada())
    assert status(scene) == RequestStatus.OPEN
    cast.approve(scene, cast.ben())
    assert status(scene) == RequestStatus.GRANTED


def test_legal_has_to_approve_too(scene):
    lena = cast.person("lena@trust.example", "Lena Legal", "legal")
    with pytest.raises(FlowError, match="does not need a decision by legal"):
        cast.approve(scene, lena)
    tighten(scene, needs_legal=True)
    cast.approve(scene, cast.ben())
    assert status(scene) == RequestStatus.OPEN
    # Another approver is no substitute for legal.
    cast.approve(scene, cast.person("cleo@trust.example", "Cleo", "approver"))
    assert status(scene) == RequestStatus.OPEN
    cast.approve(scene, lena)
    assert status(scene) == RequestStatus.GRANTED


def test_legal_alone_opens_nothing(scene):
    tighten(scene, needs_legal=True)
    cast.approve(scene, cast.person("lena@trust.example", "Lena Legal", "legal"))
    with pytest.raises(FlowError, match="does not need a decision by legal"):
        cast.approve(scene, cast.person("lars@trust.example", "Lars Legal", "legal"))
    assert not AccessGrant.objects.exists()
    cast.approve(scene, cast.ben())
    assert status(scene) == RequestStatus.GRANTED


def test_shown_only_is_read_here_and_never_downloaded(scene, client):
    tighten(scene, show_only=True)
    cast.approve(scene, cast.ada())
    grant = AccessGrant.objects.get()
    soc2, now = grant.document, timezone.now()
    assert grant.show_only and not soc2.is_view_only
    assert access.admission(grant.holder, soc2.slug, now, Way.PAGES).grant == grant
    with pytest.raises(WrongWay):
        access.admission(grant.holder, soc2.slug, now, Way.FILE)
    # Its pages are drawn although everybody else downloads it.
    assert page_images.waiting() == [soc2.current]
    client.force_login(grant.holder)
    page = client.get(f"/documents/{soc2.slug}/").content.decode()
    assert f"/documents/{soc2.slug}/read/" in page and f"/documents/{soc2.slug}/download/" not in page
    assert "There is no file to download." in page


def test_decision_has_exactly_one_decider(scene):
    item, ada = scene.items.get(), cast.ada()
    version = RuleVersion.objects.create(number=1, rules=[], why="First.", published_by=ada)
    by_rule = {"rule_version": version, "rule": 1}
    for position, decider in enumerate([{}, {"decided_by": ada, **by_rule}, {"rule_version": version}], 1):
        with pytest.raises(IntegrityError, match="decision_has_exactly_one_decider"), transaction.atomic():
            Decision.objects.create(item=item, position=position, verdict="approve", until=timezone.now(), **decider)
    with transaction.atomic():
        Decision.objects.create(item=item, position=1, verdict="approve", until=timezone.now(), **by_rule)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(item=item, position=2, verdict="deny", reason="No.", **by_rule)


@pytest.mark.once
@pytest.mark.parametrize(
    ("level", "tightened", "deciders", "enough"),
    [
        ("nda", {}, ["rule"], True),
        ("nda", {"approvals_at_least": 2}, ["rule", "person"], False),
        ("nda", {"approvals_at_least": 1}, ["rule"], False),
        ("nda", {"needs_legal": True}, ["rule", "legal"], True),
        ("nda", {"needs_legal": True}, ["legal"], False),
        ("restricted", {}, ["rule"], False),
        ("restricted", {}, ["rule", "person"], True),
        ("restricted", {"approvals_at_least": 2}, ["rule", "person"], False),
    ],
)
def test_approval_by_a_rule_counts_for_the_level_only(level, tightened, deciders, enough):
    item = RequestedDocument(document=cast.document(level_slug=level), **tightened)
    made = [
        Decision(verdict="approve", decided_by_id=None if who == "rule" else n + 1, for_legal=who == "legal")
        for n, who in enumerate(deciders)
    ]
    assert item.has_its_approvals(made) is enough
