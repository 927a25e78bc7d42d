"""Concurrent steps: each decision has exactly one winner, and the losers get a sentence."""

import threading
from copy import copy
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import connection, connections
from django.db.models import Q
from django.utils import timezone

from documents.delivery import deliver
from documents.intake import checking
from documents.intake import flows as uploads
from documents.models import AccessGrant, DocumentVersion, Level
from ndaflow.agreements import confirming, coverage_flows
from ndaflow.agreements.coverage import covered
from ndaflow.agreements.models import Coverage, Signature
from ndaflow.desk.bulk import steps as bulk
from ndaflow.desk.levels import flows as levels
from ndaflow.requests import flows, routine
from ndaflow.requests.models import AccessRequest, Decision, RequestStatus
from tests import cast
from tests.audit import logs
from tests.documents import pdfs
from tests.races import at_once, rounds
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.audit.verify import verify
from trustcenter.vault import files as vault

pytestmark = pytest.mark.django_db(transaction=True)

APPROVERS = 8


def test_eight_concurrent_approvers_have_one_winner(racing):
    approvers = [cast.person(f"a{n}@trust.example", f"A{n}", "approver") for n in range(APPROVERS)]
    soc2, version = cast.document(), cast.nda()
    for round in range(rounds(5)):
        rhea = cast.person(f"rhea{round}@example.com", "Rhea")
        request = cast.open_request(rhea, soc2)
        cast.sign(request, rhea, version)
        seen = [cast.fresh(request) for _ in approvers]
        decisions = [cast.approval(item, _until()) for item in request.items.all()]
        # Half approve and half deny, so that a decision could become both.
        denial = [flows.ItemDecision(item_id=decisions[0].item_id, verdict=Decision.Verdict.DENY, reason="No.")]
        wins, errors = at_once(
            [
                partial(flows.decide, seen[number], decisions if number % 2 else denial, by=who)
                for number, who in enumerate(approvers)
            ]
        )
        assert (wins, {type(error) for error in errors}) == (1, {FlowError}), errors
        assert Decision.objects.filter(item__request=request).count() == 1
        status = cast.fresh(request).status
        assert AccessGrant.objects.filter(holder=rhea).count() == (1 if status == RequestStatus.GRANTED else 0)
    # Each loser's refusal is recorded, up to a limit for each person.
    refused = Record.objects.filter(action=Action.REQUEST_REFUSED).count()
    assert refused == rounds(5) * (APPROVERS - 1) or rounds(5) > 20
    verify()
    assert logs.differing() == []


def test_ten_concurrent_clicks_make_one_signature(racing):
    rhea, version = cast.rhea(), cast.nda()
    request = cast.open_request(rhea, cast.document())
    wins, errors = at_once([lambda: cast.sign(request, rhea, version)] * 10)
    assert wins == 1
    assert {type(error) for error in errors} == {FlowError}
    assert Signature.objects.count() == 1


def test_signing_two_requests_at_once_makes_one_signature(racing):
    """The steps lock different requests, so the partial unique index on the current signature decides."""
    rhea, version = cast.rhea(), cast.nda()
    requests = [cast.open_request(rhea, cast.document(f"doc-{n}")) for n in range(4)]
    wins, errors = at_once([lambda r=r: cast.sign(r, rhea, version) for r in requests])
    assert wins == 1
    assert {type(error) for error in errors} <= {FlowError}
    assert Signature.objects.filter(superseded_at=None).count() == 1


def test_concurrent_withdrawal_and_approval_have_one_winner(racing):
    ada, version = cast.ada(), cast.nda()
    for round in range(rounds(5)):
        rhea = cast.person(f"rhea{round}@example.com", "Rhea")
        request = cast.open_request(rhea, cast.document(f"doc-{round}"))
        cast.sign(request, rhea, version)
        seen = [cast.fresh(request), cast.fresh(request)]
        decisions = [cast.approval(item, _until()) for item in request.items.all()]
        wins, _ = at_once(
            [lambda: flows.decide(seen[0], decisions, by=ada), lambda: flows.withdraw(seen[1], by=rhea)]  # noqa: B023
        )
        assert wins == 1
        granted = cast.fresh(request).status == RequestStatus.GRANTED
        assert AccessGrant.objects.filter(holder=rhea).exists() is granted


def test_two_people_of_a_new_domain_sign_in_at_once(racing):
    soc2 = cast.document()
    people = [cast.person(f"p{n}@example.com", f"P{n}") for n in range(6)]
    drafts = [cast.draft(soc2, email=person.email) for person in people]
    wins, errors = at_once(
        [
            lambda d=d, p=p: flows.open_draft(d, by=p, session_hash=cast.SESSION)
            for d, p in zip(drafts, people, strict=True)
        ]
    )
    assert (wins, errors) == (6, [])
    assert (
        AccessRequest.objects.filter(requester__company__isnull=False).values("requester__company").distinct().count()
        == 1
    )


def _until() -> datetime:
    return timezone.now() + timedelta(days=3)


def test_no_download_is_recorded_after_its_revocation(racing, settings, tmp_path):
    """If the grant were revoked between the check and the record, the log would show a download after the end of access."""
    settings.FILES_DIR = tmp_path
    ada, soc2 = cast.ada(), cast.document()
    with vault.Draft(DocumentVersion(), "original") as upload:
        upload.write(pdfs.blank(pdfs.TEXT))
        version = uploads.upload(soc2, upload, by=None)
    checking.check(version)
    for round in range(rounds(6)):
        rhea = cast.person(f"rhea{round}@example.com", "Rhea")
        request = cast.fresh(cast.granted(rhea, ada, soc2))
        at_once(
            [
                partial(deliver, soc2.slug, reader=rhea, session_key="s"),
                partial(flows.revoke, request, by=ada, reason="Over."),
            ]
        )
        told = Record.objects.filter(
            Q(action=Action.DELIVERY_STARTED, actor=rhea.pk)
            | Q(action=Action.REQUEST_REVOKED, subject=f"accessrequest:{request.pk}")
        )
        actions = list(told.order_by("number").values_list("action", flat=True))
        assert actions in (
            [Action.REQUEST_REVOKED],
            [Action.DELIVERY_STARTED, Action.REQUEST_REVOKED],
        )
    # The same if what covers the reader ends.
    for round in range(rounds(5)):
        vera = cast.person(f"vera{round}@example.com", "Vera")
        cast.granted(vera, ada, soc2)
        own = vera.coverage.get()
        at_once(
            [
                partial(deliver, soc2.slug, reader=vera, session_key="s"),
                partial(coverage_flows.end, own, by=ada, reason="Over."),
            ]
        )
        told = Record.objects.filter(
            Q(action=Action.DELIVERY_STARTED, actor=vera.pk)
            | Q(action=Action.COVERAGE_ENDED, subject=f"coverage:{own.pk}")
        )
        actions = list(told.order_by("number").values_list("action", flat=True))
        assert actions in ([Action.COVERAGE_ENDED], [Action.DELIVERY_STARTED, Action.COVERAGE_ENDED])


def test_draft_opened_during_the_deletion_of_old_drafts_is_kept(racing):
    rhea, request = cast.rhea(), cast.draft(cast.document())
    AccessRequest.objects.update(created_at=timezone.now() - timedelta(days=2))
    errors: list[BaseException] = []

    def opens() -> None:
        try:
            flows.open_draft(request, by=rhea, session_hash=cast.SESSION)
        except FlowError as refusal:
            errors.append(refusal)
        finally:
            connections.close_all()

    opening = threading.Thread(target=opens)

    def found_and_not_yet_deleted(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if sql.startswith("SELECT") and "ndaflow_accessrequest" in sql and not opening.ident:
            opening.start()
            # Long enough to open the draft, and not for ever: where it is locked, the opening waits for us.
            opening.join(2)
        return answer

    with connection.execute_wrapper(found_and_not_yet_deleted):
        routine.forget_drafts()
    opening.join()
    # Either it was opened first and stays, or it was deleted first and says so.
    opened = AccessRequest.objects.filter(status=RequestStatus.OPEN).exists()
    assert [error.code for error in errors] == ([] if opened else ["gone"])
    assert logs.differing() == []


def test_concurrent_publication_and_approval_leave_no_grant_under_the_old_text(racing):
    """A grant made while a new text for everyone to sign is published has to close with the others."""
    ada, version = cast.ada(), cast.nda()
    for round in range(rounds(5)):
        rhea = cast.person(f"rhea{round}@example.com", "Rhea")
        request = cast.open_request(rhea, cast.document(f"doc-{round}"))
        cast.sign(request, rhea, version)
        seen = cast.fresh(request)
        decisions = [cast.approval(item, _until()) for item in request.items.all()]
        at_once([partial(flows.decide, seen, decisions, by=ada), partial(cast.nda, f"# Text {round}", "now")])
        version = version.agreement.current_version(timezone.now())
        assert not covered(rhea, timezone.now())
        told = Record.objects.filter(
            Q(action=Action.REQUEST_GRANTED, subject=f"accessrequest:{request.pk}")
            | Q(action=Action.AGREEMENT_PUBLISHED, subject=f"agreementversion:{version.pk}")
        )
        actions = list(told.order_by("number").values_list("action", flat=True))
        assert actions in ([Action.AGREEMENT_PUBLISHED], [Action.REQUEST_GRANTED, Action.AGREEMENT_PUBLISHED])
    assert logs.differing() == []


def test_of_two_who_take_a_request_at_once_one_has_it(racing):
    ada, ben, soc2 = cast.ada(), cast.ben(), cast.document()
    for round in range(rounds(2)):
        request = cast.open_request(cast.person(f"rhea{round}@example.com", "Rhea"), soc2)
        wins, errors = at_once([partial(flows.assign, cast.fresh(request), by=who, to=who) for who in (ada, ben)])
        assert (wins, [error.code for error in errors]) == (1, ["other_owner"])
        taken = Record.objects.get(action=Action.REQUEST_TAKEN, subject=f"accessrequest:{request.pk}")
        assert cast.fresh(request).owner_id == taken.actor


def test_bulk_denial_and_a_single_approval_at_once_have_one_winner_for_each_request(racing):
    ada, ben, version, soc2 = cast.ada(), cast.ben(), cast.nda(), cast.document()
    for round in range(rounds(2)):
        people = [cast.person(f"p{n}@corp{round}.example", f"P{n}") for n in range(3)]
        requests = [cast.open_request(one, soc2) for one in people]
        for one, request in zip(people, requests, strict=True):
            cast.sign(request, one, version)
        picked = bulk.picked([f"{one.pk}.{cast.fresh(one).step}" for one in requests])
        results: list[bulk.Result] = []
        # The single one is not the last of the several, so both come to it at about the same time.
        single = partial(cast.approve, requests[1], ben)
        at_once([lambda p=picked, r=results: r.append(bulk.deny(p, by=ada, reason="No.")), single])
        statuses = [cast.fresh(one).status for one in requests]
        assert statuses[0] == statuses[2] == RequestStatus.DENIED
        decision = Decision.objects.get(item__request=requests[1])
        approved = decision.decided_by_id == ben.pk
        assert statuses[1] == (RequestStatus.GRANTED if approved else RequestStatus.DENIED)
        assert AccessGrant.objects.filter(holder=people[1]).count() == approved
        assert [one.request.pk for one in results[0].failed] == ([requests[1].pk] if approved else [])
    assert logs.differing() == []


def test_publication_and_a_wider_coverage_at_once_open_nothing_under_the_old_text(racing):
    """The colleague's signature opens what waits for it unless everyone has to sign another text meanwhile."""
    ada, version = cast.ada(), cast.nda(covers="company")
    for round in range(rounds(2)):
        rhea, cora = (cast.person(f"{name}@corp{round}.example", name) for name in ("rhea", "cora"))
        signature = cast.sign(cast.open_request(cora, cast.document(f"own-{round}")), cora, version)
        cast.confirm_company(cora, ada)
        request = cast.open_request(rhea, cast.document(f"doc-{round}"))
        cast.approve(request, ada)
        publish = partial(cast.nda, f"# Text {round}", "now")
        _wins, errors = at_once([partial(confirming.confirm, signature, by=ada), publish])
        assert {type(error) for error in errors} <= {FlowError}, errors
        version = version.agreement.current_version(timezone.now())
        assert not covered(User.objects.get(pk=rhea.pk), timezone.now())
        told = Record.objects.filter(
            Q(action=Action.REQUEST_GRANTED, subject=f"accessrequest:{request.pk}")
            | Q(action=Action.AGREEMENT_PUBLISHED, subject=f"agreementversion:{version.pk}")
        )
        actions = list(told.order_by("number").values_list("action", flat=True))
        assert actions in ([Action.AGREEMENT_PUBLISHED], [Action.REQUEST_GRANTED, Action.AGREEMENT_PUBLISHED])
    assert logs.differing() == []


def test_decision_at_the_moment_of_a_stricter_level_opens_nothing_that_it_refuses(racing):
    """The document opens under the level as it was read, while the level changes: the editor has to look again at whom the
    change shuts out. Before, a reader was told of a document that the door refused."""
    ada, ben, version = cast.ada(), cast.ben(), cast.nda()
    shown = Level.objects.get(slug=cast.level("nda").slug)
    stricter = copy(shown)
    stricter.approvals = 2
    rhea = cast.rhea()
    request = cast.open_request(rhea, cast.document())
    cast.sign(request, rhea, version)
    changing = threading.Thread(target=lambda: at_once([change]))
    errors: list[FlowError] = []

    def change() -> None:
        try:
            levels.change(stricter, before=shown, shutting_out=[], by=ada)
        except FlowError as refusal:
            errors.append(refusal)

    def opened_and_not_yet_written(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if sql.startswith("INSERT") and "documents_accessgrant" in sql and not changing.ident:
            changing.start()
            # Long enough for the change, and not for ever: where it is locked out, it waits for us.
            changing.join(1)
        return answer

    with connection.execute_wrapper(opened_and_not_yet_written):
        cast.approve(request, ben)
    changing.join()
    needed = Level.objects.get(slug="nda").approvals
    granted = AccessGrant.objects.filter(holder=rhea, ended_at=None)
    assert all(grant.approvals >= needed for grant in granted)
    assert (needed, [error.code for error in errors], granted.count()) in ((1, ["more_people"], 1), (2, [], 0))
    assert [one for one in logs.differing() if not one.startswith("level")] == []


def test_extension_and_revocation_at_once_have_one_winner(racing):
    """An extension never outlives the revocation of a person, and the one who revokes one grant learns of the other."""
    ada, ben, soc2 = cast.ada(), cast.ben(), cast.document()
    for round in range(rounds(4)):
        rhea = cast.person(f"rhea{round}@example.com", "Rhea")
        grant = cast.granted(rhea, ada, soc2).items.get().grant
        extend = partial(flows.extend, grant, until=timezone.now() + timedelta(days=60), reason="Longer.", by=ben)
        if round % 2:
            wins, errors = at_once([extend, partial(flows.revoke_person, rhea, by=ada, reason="Over.")])
            assert wins in {1, 2} and {type(error) for error in errors} <= {FlowError}, errors
            live = 0
        else:
            wins, errors = at_once([extend, partial(flows.revoke_grant, grant, by=ada, reason="Over.")])
            assert (wins, {type(error) for error in errors}) == (1, {FlowError}), errors
            live = AccessGrant.objects.filter(holder=rhea, extends=grant).count()
        assert AccessGrant.objects.filter(holder=rhea, ended_at=None).count() == live
    assert logs.differing() == []


def test_renewal_and_revocation_at_once_leave_nothing_open(racing):
    ada, soc2 = cast.ada(), cast.document()
    for round in range(rounds(4)):
        rhea = cast.person(f"rhea{round}@example.com", "Rhea")
        grant = cast.granted(rhea, ada, soc2).items.get().grant
        revoke = (
            partial(flows.revoke_person, rhea, by=ada, reason="Over.")
            if round % 2
            else partial(flows.revoke_grant, grant, by=ada, reason="Over.")
        )
        wins, errors = at_once([partial(flows.renew, grant, by=rhea), revoke, partial(flows.renew, grant, by=rhea)])
        assert wins in {1, 2} and {type(error) for error in errors} <= {FlowError}, errors
        assert not AccessGrant.objects.filter(holder=rhea, ended_at=None).exists()
        # A renewal that was first still waits for a person, who is warned of the revocation.
        waiting = AccessRequest.objects.filter(requester=rhea, status=RequestStatus.OPEN)
        assert waiting.count() <= 1 and not waiting.filter(items__grant__isnull=False).exists()
    assert logs.differing() == []


def test_signature_and_two_confirmations_at_once_open_a_document_once(racing):
    """The requester signs while two approvers confirm that a colleague's signature covers her, too."""
    ada, ben, version = cast.ada(), cast.ben(), cast.nda(covers="company")
    for round in range(rounds(5)):
        rhea, cora = (cast.person(f"{name}@corp{round}.example", name) for name in ("rhea", "cora"))
        signature = cast.sign(cast.open_request(cora, cast.document(f"own-{round}")), cora, version)
        cast.confirm_company(cora, ada)
        request = cast.open_request(rhea, cast.document(f"doc-{round}"))
        cast.approve(request, ada)
        signing = partial(cast.sign, request, rhea, version)
        wins, errors = at_once([signing, *(partial(confirming.confirm, signature, by=who) for who in (ada, ben))])
        assert (wins, {type(error) for error in errors}) in ((1, {FlowError}), (2, {FlowError})), errors
        assert Coverage.objects.filter(signature=signature, scope="company").count() == 1
        assert (
            cast.fresh(request).status == RequestStatus.GRANTED and AccessGrant.objects.filter(holder=rhea).count() == 1
        )
    assert logs.differing() == []
