"""Hypothesis runs the steps of a request in any order and compares the result with a model of the promises.

WALKS=50 takes fifty times as many walks, as `make crash` does.
"""

import os
from copy import copy
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

from documents.access import Refused, Way, admission
from documents.models import AccessGrant, Level
from ndaflow.agreements import confirming, coverage_flows
from ndaflow.agreements.coverage import covered, covering
from ndaflow.agreements.models import Coverage
from ndaflow.agreements.papers.models import Paper
from ndaflow.agreements.papers.terms import Reach
from ndaflow.desk.companies import flows as companies
from ndaflow.desk.companies import moves, undoing
from ndaflow.desk.companies.models import CompanyMerge
from ndaflow.desk.levels import flows as levels
from ndaflow.requests import flows, risks
from ndaflow.requests.flows import ItemDecision
from ndaflow.requests.models import AccessRequest, Decision, RequestedDocument, RequestStatus
from ndaflow.rules.tasks import decide_by_rules
from tests import cast
from tests.audit import logs
from tests.ndaflow import paperwork
from tests.ndaflow.rules import policies
from trustcenter.accounts.models import Company, User
from trustcenter.audit import FlowError
from trustcenter.audit.models import Record
from trustcenter.audit.verify import verify

Verdict = Decision.Verdict
REFUSED = object()
# Who decided, when no person did.
RULE = -1


class RequestMachine(RuleBasedStateMachine):
    """One NDA document and one restricted one, one requester, two approvers, an outsider, and a colleague who has signed for
    the company; and a parent company, which a paper on file covers."""

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
        self.version = cast.nda(covers="company")
        cora = cast.person("cora@example.com", "Cora")
        self.for_company = cast.sign(cast.open_request(cora, self.documents[0]), cora, self.version)
        cast.confirm_company(cora, self.approvers[0])
        policies.in_force(policies.rule("Two days", approve_days=2), by=self.approvers[0], limit=900)
        self.request: AccessRequest | None = None
        self.lena = paperwork.lena()
        paul = cast.person("paul@parent.example", "Paul")
        cast.open_request(paul, self.documents[0])
        self.parent = cast.confirm_company(paul, self.approvers[0])
        paper = paperwork.filed(self.version.agreement, self.lena, Reach("company", company=self.parent))
        confirming.confirm(paper, by=self.approvers[0])
        self.merged: CompanyMerge | None = None
        # Whether her own signature or paper covers the requester, and whether her colleague's signature does.
        self.signed = self.papered = self.wide = self.was_wide = False
        # Whether that of her colleague was confirmed for the two companies that are one now.
        self.wide_since = False
        # Her company is known once she has asked for the first time.
        self.is_known = False
        self.question = False
        self.votes: dict[tuple[int, int], Verdict] = {}
        # The documents that were approved by as many as their level asked for.
        self.agreed: set[int] = set()

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
        self.is_known = self.is_known or opened is not REFUSED
        if opened is REFUSED:
            assert was_open and waiting >= {document.pk for document in wanted}
            return
        if was_open:
            # The walk follows the first request, so ignore a second one.
            flows.withdraw(cast.fresh(opened), by=self.rhea)
            return
        self.request, self.votes, self.agreed, self.question = opened, {}, set(), False

    @precondition(lambda self: self.request)
    @rule(stranger=st.booleans())
    def sign(self, stranger: bool) -> None:
        status = self.status
        done = self.attempt(cast.sign, self.request, self.otto if stranger else self.rhea, self.version)
        allowed = not stranger and not self.is_covered and status in (RequestStatus.OPEN, RequestStatus.GRANTED)
        assert (done is not REFUSED) is allowed
        self.signed = self.signed or allowed

    @property
    def is_covered(self) -> bool:
        return self.signed or self.papered or (self.is_known and (self.wide or self.merged is not None))

    @rule(allowed=st.booleans())
    def paper_filed(self, allowed: bool) -> None:
        reach, by = Reach("person", person=self.rhea), self.lena if allowed else self.approvers[1]
        if not self.papered:
            done = self.attempt(paperwork.filed, self.version.agreement, by, reach)
            assert (done is not REFUSED) is allowed
            self.papered = allowed

    @precondition(lambda self: self.request)
    @rule(verdict=st.sampled_from(["accept", "decline", "withdraw", "wait"]))
    def paper_uploaded(self, verdict: str) -> None:
        """Legal may have it for longer: what waits from before is decided first."""
        waiting = Paper.objects.filter(request=self.request, state="waiting").first()
        if waiting is None:
            may = self.status == RequestStatus.OPEN and not self.is_covered
            waiting = self.attempt(paperwork.uploaded, self.request, self.version.agreement, self.rhea)
            assert (waiting is not REFUSED) is may
        if waiting is REFUSED or verdict == "wait" or (verdict == "accept" and self.papered):
            return
        terms = {"reach": Reach("person", person=self.rhea), "dates": paperwork.dates(), "vouched": True}
        match verdict:
            case "accept":
                flows.accept_paper(waiting, **terms, countersigned=False, by=self.lena)
                self.papered = True
            case "decline":
                flows.decline_paper(waiting, reason="Section 9.", by=self.lena)
            case _:
                flows.withdraw_paper(cast.fresh(self.request), waiting, by=self.rhea)

    @rule(approver=st.booleans())
    def companies_merged(self, approver: bool) -> None:
        if self.merged is None:
            mine = Company.objects.get(domains__domain="example.com")
            done = self.attempt(
                companies.merge, mine, self.parent, seen=moves.of_merge(mine).seen, by=self.approvers[approver]
            )
            assert done is not REFUSED
            self.merged, self.wide_since = CompanyMerge.objects.get(undone_at=None), False
            self.rhea.refresh_from_db()

    @precondition(lambda self: self.merged)
    @rule()
    def merge_undone(self) -> None:
        seen = undoing.preview(CompanyMerge.objects.select_related("source", "into").get(pk=self.merged.pk)).move.seen
        done = self.attempt(undoing.undo, self.merged, seen=seen, by=self.approvers[1])
        # What a colleague's signature covers since then would stay with the other company.
        assert (done is not REFUSED) is not (self.wide and self.wide_since)
        if done is not REFUSED:
            self.merged = None
            self.rhea.refresh_from_db()

    @rule(approver=st.booleans())
    def coverage_of_the_company_confirmed(self, approver: bool) -> None:
        by = self.approvers[1] if approver else self.otto
        done = self.attempt(confirming.confirm, self.for_company, by=by)
        assert (done is not REFUSED) is (approver and not self.was_wide)
        if approver and not self.was_wide:
            self.wide = self.was_wide = True
            self.wide_since = self.merged is not None

    @precondition(lambda self: self.signed or self.papered or self.wide)
    @rule(which=st.sampled_from(["signed", "papered", "wide"]), reason=st.sampled_from(["Over.", ""]))
    def coverage_ended(self, which: str, reason: str) -> None:
        own = Coverage.objects.filter(person=self.rhea)
        rows = {
            "signed": own.exclude(signature=None),
            "papered": own.exclude(paper=None),
            "wide": Coverage.objects.filter(scope="company").exclude(signature=None),
        }[which]
        row = rows.filter(ended_at=None).first() or rows.first()
        allowed = bool(reason) and getattr(self, which)
        if row is not None:
            done = self.attempt(coverage_flows.end, row, reason=reason, by=self.approvers[0])
            assert (done is not REFUSED) is allowed
        if allowed:
            setattr(self, which, False)

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
            if self.approvals(item) >= item.document.approvals_needed:
                self.agreed.add(item.pk)

    @precondition(lambda self: self.request)
    @rule()
    def rules_look(self) -> None:
        """The rule in force approves what nobody has begun to decide, unless the request has a warning."""
        request = AccessRequest.objects.select_related("requester").get(pk=self.request.pk)
        begun = {pk for pk, _who in self.votes}
        untouched = {item.pk for item in request.items.filter(outcome="pending")} - begun
        coverage = covering(request.requester, ["nda"], timezone.now(), new=True)
        may = request.status == RequestStatus.OPEN and not risks.warnings(request, coverage)
        decide_by_rules.call(request.pk)
        ruled = set(Decision.objects.filter(item__request=request, decided_by=None).values_list("item", flat=True))
        new = ruled - {pk for pk, who in self.votes if who == RULE}
        assert new == (untouched if may else set())
        self.votes |= {(pk, RULE): Verdict.APPROVE for pk in new}
        for item in request.items.filter(pk__in=new).select_related("document__level"):
            if self.approvals(item) >= item.document.approvals_needed:
                self.agreed.add(item.pk)

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
            may = self.status == RequestStatus.OPEN and not self.is_covered
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
    @rule(which=st.integers(0, 1), stranger=st.booleans())
    def revoke_one(self, which: int, stranger: bool) -> None:
        if (grant := self.grant(which)) is None:
            return
        allowed = not stranger and grant.ended_at is None and self.status in (RequestStatus.OPEN, RequestStatus.GRANTED)
        by = self.rhea if stranger else self.approvers[1]
        assert (self.attempt(flows.revoke_grant, grant, by=by, reason="Over.") is not REFUSED) is allowed

    @precondition(lambda self: self.request)
    @rule(which=st.integers(0, 1), days=st.sampled_from([1, 30, 200, 2000]), who=st.integers(0, 2))
    def extend(self, which: int, days: int, who: int) -> None:
        if (grant := self.grant(which)) is None:
            return
        until, level = timezone.now() + timedelta(days=days), grant.document.level
        allowed = (
            who < 2
            and self.status in (RequestStatus.OPEN, RequestStatus.GRANTED)
            and self.opens(grant)
            and level.approvals == 1
            and grant.ends_at < until <= level.latest_end(timezone.now())
        )
        by = [*self.approvers, self.otto][who]
        done = self.attempt(flows.extend, grant, until=until, reason="Longer.", by=by)
        assert (done is not REFUSED) is allowed

    @precondition(lambda self: self.request)
    @rule(which=st.integers(0, 1))
    def renew(self, which: int) -> None:
        if (grant := self.grant(which)) is None:
            return
        opened = self.attempt(flows.renew, grant, by=self.rhea)
        assert (opened is not REFUSED) is (grant.end != AccessGrant.End.REVOKED)
        if opened is not REFUSED:
            # What is open stays open, and the walk follows the first request.
            assert AccessGrant.objects.get(pk=grant.pk).ended_at == grant.ended_at
            flows.withdraw(cast.fresh(opened), by=self.rhea)

    @rule(slug=st.sampled_from(["nda", "restricted"]), approvals=st.integers(1, 3))
    def level_changes(self, slug: str, approvals: int) -> None:
        before = Level.objects.get(slug=slug)
        after = copy(before)
        after.approvals = approvals
        done = self.attempt(levels.change, after, before=before, shutting_out=[self.rhea.pk], by=self.approvers[0])
        # Two people may decide, so nobody could ever get three approvals.
        assert (done is not REFUSED) is (approvals < 3)
        if done is not REFUSED and self.request:
            for item in self.request.items.filter(grant=None, document__level__slug=slug):
                if self.status == RequestStatus.OPEN and self.approvals(item) < approvals:
                    self.agreed.discard(item.pk)

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
        if Verdict.DENY in [verdict for (pk, _), verdict in self.votes.items() if pk == item.pk]:
            return Verdict.DENY
        return Verdict.APPROVE if item.pk in self.agreed else None

    def approvals(self, item: RequestedDocument) -> int:
        return sum(pk == item.pk and verdict == Verdict.APPROVE for (pk, _), verdict in self.votes.items())

    def grant(self, which: int) -> AccessGrant | None:
        """The grant of one document of the request, read afresh."""
        items = list(self.request.items.all())
        grants = AccessGrant.objects.select_related("document__level")
        return grants.filter(requested_document=items[min(which, len(items) - 1)]).first()

    def opens(self, grant: AccessGrant) -> bool:
        """Whether the door lets the requester in through this grant."""
        way = Way.PAGES if grant.document.is_view_only else Way.FILE
        try:
            return admission(self.rhea, grant.document.slug, timezone.now(), way).grant == grant
        except Refused:
            return False

    @invariant()
    def open_documents_have_passed_every_gate(self) -> None:
        for grant in AccessGrant.objects.open_at(timezone.now()).select_related("requested_document__request"):
            item = grant.requested_document
            assert item.request.status in (RequestStatus.OPEN, RequestStatus.GRANTED)
            approvals = item.decisions.filter(verdict=Verdict.APPROVE).values("decided_by").distinct().count()
            # A level that became stricter shuts out who no longer fits, and nobody else.
            assert self.opens(grant) is (self.is_covered and approvals >= item.document.approvals_needed)
            assert grant.ends_at <= item.document.level.latest_end(timezone.now())
            assert not item.decisions.filter(verdict=Verdict.DENY).exists()
            first = grant
            while first.extends is not None:
                first = first.extends
            coverage = Coverage.objects.get(pk=item.opened_under["nda"])
            assert coverage.starts_at <= first.starts_at <= (coverage.ended_at or first.starts_at)
            asked = item.request.questions.filter(asked_at__lt=first.starts_at)
            assert not asked.filter(Q(answered_at=None) | Q(answered_at__gt=first.starts_at)).exists()

    @invariant()
    def door_is_shut_without_coverage(self) -> None:
        if hasattr(self, "rhea"):
            rhea = User.objects.get(pk=self.rhea.pk)
            assert covered(rhea, timezone.now()) == (frozenset({"nda"}) if self.is_covered else frozenset())

    @invariant()
    def no_document_waits_after_every_gate_has_passed(self) -> None:
        if not getattr(self, "request", None) or self.status != RequestStatus.OPEN:
            return
        items = list(self.request.items.select_related("document"))
        assert not all(item.is_settled for item in items)
        for item in items:
            approved = self.outcome(item) is Verdict.APPROVE
            assert item.grant_id or not (approved and self.is_covered and not self.question)

    def teardown(self) -> None:
        whole = verify().size == Record.objects.count()
        differing = logs.differing()
        # Roll back first, or the next walk would find the people of this one.
        transaction.set_rollback(True)
        self.walk.__exit__(None, None, None)
        assert whole
        assert differing == []


@pytest.mark.django_db
def test_promises_are_kept_by_steps_in_any_order(ready):
    walks = settings(
        # Each run takes other walks. They are the same on both databases, and PostgreSQL takes longer for each.
        max_examples=(5 if connection.vendor == "postgresql" else 10) * int(os.environ.get("WALKS") or 1),
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    run_state_machine_as_test(RequestMachine, settings=walks)
