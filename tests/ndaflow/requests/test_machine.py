"""Hypothesis runs the steps of a request in any order and compares the result with a model of the promises."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from documents.models import AccessGrant
from ndaflow.agreements.models import Signature
from ndaflow.requests import flows
from ndaflow.requests.flows import ItemDecision
from ndaflow.requests.models import AccessRequest, Decision, RequestedDocument, RequestStatus
from tests import cast
from tests.audit import logs
from trustcenter.audit import FlowError
from trustcenter.audit.models import Record
from trustcenter.audit.verify import verify

Verdict = Decision.Verdict
REFUSED = object()


class RequestMachine(RuleBasedStateMachine):
    """One NDA document and one restricted one, one requester, two approvers, an outsider."""

    def __init__(self) -> None:
        super().__init__()
        # Each walk is rolled back. Flows require the outermost transaction, so this block counts as the test's, as in TestCase.
        self.walk = transaction.atomic()
        self.walk._from_testcase = True
        self.walk.__enter__()

    @initialize()
    def people(self) -> None:
        self.rhea, self.otto = cast.rhea(), cast.otto()
        self.approvers = [cast.ada(), cast.ben()]
        self.documents = [cast.document(), cast.document("pentest", "restricted")]
        self.version = cast.nda()
        self.request: AccessRequest | None = None
        self.signed = False
        self.question = False
        self.votes: dict[tuple[int, int], Verdict] = {}

    def attempt(self, step, *args, **kwargs):
        """The result of the step, or REFUSED. Any exception except FlowError fails the walk."""
        try:
            return step(*args, **kwargs)
        except FlowError:
            return REFUSED

    @property
    def status(self) -> str:
        return cast.fresh(self.request).status if self.request else ""

    @rule(several=st.booleans())
    def ask(self, several: bool) -> None:
        wanted = self.documents if several else self.documents[:1]
        was_open = self.status == RequestStatus.OPEN
        waiting = {item.document_id for item in self.request.items.all() if not item.is_settled} if was_open else set()
        opened = self.attempt(cast.open_request, self.rhea, *wanted)
        if opened is REFUSED:
            assert was_open and waiting >= {document.pk for document in wanted}
            return
        if was_open:
            # The walk follows the first request, so ignore a second one.
            flows.withdraw(cast.fresh(opened), by=self.rhea)
            return
        self.request, self.votes, self.question = opened, {}, False

    @precondition(lambda self: self.request)
    @rule(stranger=st.booleans())
    def sign(self, stranger: bool) -> None:
        status = self.status
        done = self.attempt(cast.sign, self.request, self.otto if stranger else self.rhea, self.version)
        allowed = not stranger and not self.signed and status in (RequestStatus.OPEN, RequestStatus.GRANTED)
        assert (done is not REFUSED) is allowed
        self.signed = self.signed or allowed

    @precondition(lambda self: self.request)
    @rule(who=st.integers(0, 1), which=st.integers(0, 1), approve=st.booleans())
    def decide_on_one(self, who: int, which: int, approve: bool) -> None:
        items = list(self.request.items.all())
        item = items[min(which, len(items) - 1)]
        verdict = Verdict.APPROVE if approve else Verdict.DENY
        decision = ItemDecision(
            item_id=item.pk,
            verdict=verdict,
            until=timezone.now() + timedelta(days=2) if approve else None,
            reason="" if approve else "No.",
            # A request after a denial or revocation has a warning; test_risks.py tests approvals without a reason.
            despite="Known to us." if approve else "",
        )
        allowed = self.status == RequestStatus.OPEN and self.outcome(item) is None and (item.pk, who) not in self.votes
        done = self.attempt(flows.decide, cast.fresh(self.request), [decision], by=self.approvers[who])
        assert (done is not REFUSED) is allowed
        if allowed:
            self.votes[item.pk, who] = verdict

    @precondition(lambda self: self.request)
    @rule()
    def outsider_decides(self) -> None:
        for person in (self.rhea, self.otto):
            assert self.attempt(cast.approve, self.request, person) is REFUSED

    @precondition(lambda self: self.request)
    @rule(text=st.sampled_from(["Why?", "", "  "]))
    def question_asked(self, text: str) -> None:
        allowed = self.status == RequestStatus.OPEN and not self.question and bool(text.strip())
        done = self.attempt(flows.ask_question, cast.fresh(self.request), by=self.approvers[0], text=text)
        assert (done is not REFUSED) is allowed
        self.question = self.question or allowed

    @precondition(lambda self: self.request)
    @rule(text=st.sampled_from(["Because.", ""]))
    def question_answered(self, text: str) -> None:
        allowed = self.status == RequestStatus.OPEN and self.question and bool(text)
        done = self.attempt(flows.answer, cast.fresh(self.request), by=self.rhea, text=text)
        assert (done is not REFUSED) is allowed
        self.question = self.question and not allowed

    @precondition(lambda self: self.request)
    @rule(stranger=st.booleans())
    def withdraw(self, stranger: bool) -> None:
        allowed = self.status == RequestStatus.OPEN and not stranger
        who = self.otto if stranger else self.rhea
        assert (self.attempt(flows.withdraw, cast.fresh(self.request), by=who) is not REFUSED) is allowed

    @precondition(lambda self: self.request)
    @rule(offered=st.booleans())
    def colleague_takes_over(self, offered: bool) -> None:
        if offered:
            may = self.status == RequestStatus.OPEN and not self.signed
            done = self.attempt(flows.forward, cast.fresh(self.request), by=self.rhea, email=self.otto.email)
            assert (done is not REFUSED) is may
        request = cast.fresh(self.request)
        allowed = request.status == RequestStatus.OPEN and request.forwarded_to == self.otto.email
        taken = self.attempt(flows.take_over, request, by=self.otto, name="Otto Falk")
        assert (taken is not REFUSED) is allowed
        if allowed:
            assert not taken.items.exclude(grant=None, outcome="pending").exists()
            flows.withdraw(cast.fresh(taken), by=self.otto)

    @precondition(lambda self: self.request)
    @rule(reason=st.sampled_from(["Over.", ""]))
    def revoke(self, reason: str) -> None:
        opened = self.request.items.exclude(grant=None).exists()
        allowed = self.status in (RequestStatus.OPEN, RequestStatus.GRANTED) and opened and bool(reason)
        done = self.attempt(flows.revoke, cast.fresh(self.request), by=self.approvers[0], reason=reason)
        assert (done is not REFUSED) is allowed

    @precondition(lambda self: self.request)
    @rule(later=st.booleans())
    def time_passes(self, later: bool) -> None:
        if later:
            past = timezone.now() - timedelta(days=1)
            AccessGrant.objects.update(starts_at=past - timedelta(days=1), ends_at=past)
        running = AccessGrant.objects.open_at(timezone.now()).filter(requested_document__request=self.request)
        allowed = self.status == RequestStatus.GRANTED and not running.exists()
        assert (self.attempt(flows.expire, cast.fresh(self.request)) is not REFUSED) is allowed

    def outcome(self, item: RequestedDocument) -> Verdict | None:
        said = [verdict for (pk, _), verdict in self.votes.items() if pk == item.pk]
        if Verdict.DENY in said:
            return Verdict.DENY
        return Verdict.APPROVE if len(said) >= item.document.approvals_needed else None

    @invariant()
    def open_documents_have_passed_every_gate(self) -> None:
        for grant in AccessGrant.objects.open_at(timezone.now()).select_related("requested_document__request"):
            item = grant.requested_document
            assert item.request.status in (RequestStatus.OPEN, RequestStatus.GRANTED)
            assert Signature.objects.filter(signer=grant.holder, superseded_at=None).exists()
            approvals = item.decisions.filter(verdict=Verdict.APPROVE).values("decided_by").distinct().count()
            assert approvals >= item.document.approvals_needed
            assert not item.decisions.filter(verdict=Verdict.DENY).exists()
            asked = item.request.questions.filter(asked_at__lt=grant.starts_at)
            assert not asked.filter(Q(answered_at=None) | Q(answered_at__gt=grant.starts_at)).exists()

    @invariant()
    def no_document_waits_after_every_gate_has_passed(self) -> None:
        if not getattr(self, "request", None) or self.status != RequestStatus.OPEN:
            return
        items = list(self.request.items.select_related("document"))
        assert not all(item.is_settled for item in items)
        for item in items:
            approved = self.outcome(item) is Verdict.APPROVE
            assert item.grant_id or not (approved and self.signed and not self.question)

    def teardown(self) -> None:
        whole = verify().size == Record.objects.count()
        differing = logs.differing()
        # Roll back first, or the next walk would find the people of this one.
        transaction.set_rollback(True)
        self.walk.__exit__(None, None, None)
        assert whole
        assert differing == []


@pytest.mark.django_db
def test_promises_are_kept_by_steps_in_any_order():
    walks = settings(
        # The steps are the same on both databases; PostgreSQL takes twice as long for each.
        max_examples=10 if connection.vendor == "postgresql" else 25,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    run_state_machine_as_test(RequestMachine, settings=walks)
