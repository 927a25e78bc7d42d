"""Rows that access, the mark and the evidence depend on are compared with the log.

The attacker owns the database: the triggers are removed, and every change is made with SQL. The comparison names each changed
row and its record.
"""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test import Client
from django.utils import timezone

from documents import delivery
from documents.intake import checking, flows
from documents.models import AccessGrant, Delivery, Document, DocumentVersion, Trace
from documents.tracing import examining
from ndaflow.agreements.models import AgreementVersion, Coverage, Signature
from ndaflow.privacy.rows import subjects_of
from ndaflow.requests.flows import revoke
from ndaflow.requests.models import AccessRequest, Decision, RequestedDocument
from tests import cast, signin
from tests.documents.conftest import REPORT
from trustcenter import audit
from trustcenter.accounts import staff
from trustcenter.accounts.models import User
from trustcenter.accounts.roles import Role
from trustcenter.audit import checkpoints, state, triggers
from trustcenter.audit.actions import Action
from trustcenter.audit.erasing import Whom, erase
from trustcenter.audit.state import differences
from trustcenter.audit.verify import verify
from trustcenter.vault import files as vault
from trustcenter.vault.models import StoredFile

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def scene(shared_scene) -> dict[str, Any]:
    """Two readers with a copy each, made only with the product's flows, once for all tests."""
    ada, _password = staff.add("ada@trust.example", name="Ada Approver", roles=[Role.ADMINISTRATOR])
    with audit.change(by=ada) as change:
        report = cast.document()
        change.record(Action.CONTENT_ADDED, subject=report, changed=[report], kind="document", name=report.title)
    with vault.Draft(DocumentVersion(), "original") as draft:
        draft.write(REPORT)
        version = flows.upload(report, draft, by=None)
    checking.check(version)
    text = cast.nda()
    copies = {}
    for email in ("rhea@example.com", "vera@other.example"):
        signin.sign_in_by_code(Client(), email)
        reader = User.objects.get(email=email)
        request = cast.open_request(reader, report)
        cast.sign(request, reader, text)
        cast.approve(request, ada)
        sent = delivery.deliver(report.slug, reader=reader, session_key="s")
        copies[email] = b"".join(sent.chunks)
    checkpoints.make()
    return {"copies": copies, "ada": ada}


def wrong() -> list[state.Difference]:
    return list(differences(verify().told))


def test_flows_leave_no_difference(scene):
    assert wrong() == []
    out = StringIO()
    call_command("audit", "verify", stdout=out)
    assert "Rows that agree with the log:" in out.getvalue()
    kinds = {subject.partition(":")[0] for subject in verify().told.last}
    assert kinds >= {
        "user",
        "document",
        "documentversion",
        "accessgrant",
        "accessrequest",
        "requesteddocument",
        "decision",
        "agreementversion",
        "signature",
        "delivery",
    }


def a_grant_from_nowhere() -> None:
    vera = User.objects.get(email="vera@other.example")
    other = Document.objects.create(slug="pentest", title="Pentest", kind="penetration_test", as_of="2026-03-01")
    AccessGrant.objects.create(holder=vera, document=other, approvals=2, ends_at=timezone.now() + timedelta(days=900))


def a_delivery_that_never_was() -> None:
    real = Delivery.objects.latest("started_at")
    real.pk, real.code, real.mark_bits = "forged", "AAAA-BBBB-CCCC", b"\x01" * 64
    real.save(force_insert=True)


def exchanged_marks() -> None:
    one, two = Delivery.objects.order_by("started_at")
    bits = bytes(one.mark_bits), bytes(two.mark_bits)
    Delivery.objects.filter(pk=one.pk).update(mark_bits=b"\x00" * 64)
    Delivery.objects.filter(pk=two.pk).update(mark_bits=bits[0])
    Delivery.objects.filter(pk=one.pk).update(mark_bits=bits[1])


def another_reader() -> None:
    one, two = Delivery.objects.order_by("started_at")
    Delivery.objects.filter(pk=one.pk).update(reader=two.reader)


def a_weaker_class() -> None:
    Document.objects.update(level=cast.level("public"))


def a_lost_signature() -> None:
    Coverage.objects.filter(person__email="rhea@example.com").delete()
    Signature.objects.filter(signer__email="rhea@example.com").delete()


def another_text() -> None:
    AgreementVersion.objects.update(text="Nothing is confidential.\n")


def another_mailbox() -> None:
    EmailAddress.objects.filter(email="rhea@example.com").update(email="mallory@evil.example")


def another_original() -> None:
    StoredFile.objects.filter(original_of__isnull=False).update(sha256="0" * 64)


LATER = timedelta(days=3650)
TAMPERINGS: dict[str, tuple[Callable[[], Any], str]] = {
    "grant that ends later": (lambda: AccessGrant.objects.update(ends_at=F("ends_at") + LATER), "accessgrant"),
    "grant for somebody else": (
        lambda: AccessGrant.objects.filter(holder__email="rhea@example.com").update(
            holder=User.objects.get(email="ada@trust.example")
        ),
        "accessgrant",
    ),
    "grant with more approvals": (lambda: AccessGrant.objects.update(approvals=2), "accessgrant"),
    "coverage that lasts longer": (lambda: Coverage.objects.update(ends_at=timezone.now() + LATER), "coverage"),
    "coverage of everyone there": (
        lambda: Coverage.objects.update(
            scope="domain",
            person=None,
            domain="example.com",
            confirmed_by=User.objects.get(email="ada@trust.example"),
            confirmed_at=timezone.now(),
        ),
        "coverage",
    ),
    "text that stops nobody": (
        lambda: AgreementVersion.objects.update(earlier_signers="grandfather"),
        "agreementversion",
    ),
    "grant from nowhere": (a_grant_from_nowhere, "accessgrant"),
    "decision by somebody else": (
        lambda: Decision.objects.update(decided_by=User.objects.get(email="vera@other.example")),
        "decision",
    ),
    "decision with another end": (lambda: Decision.objects.update(until=timezone.now() + LATER), "decision"),
    "decision with another reason": (lambda: Decision.objects.update(despite="All was well."), "decision"),
    "decision that is gone": (lambda: Decision.objects.all().delete(), "decision"),
    "request of somebody else": (
        lambda: AccessRequest.objects.filter(requester__email="rhea@example.com").update(
            requester=User.objects.get(email="vera@other.example")
        ),
        "accessrequest",
    ),
    "request that was denied": (
        lambda: AccessRequest.objects.update(status="denied", closing_reason="x"),
        "accessrequest",
    ),
    "document of a request": (
        lambda: RequestedDocument.objects.update(refused_at=None, outcome="pending", grant=None, opened_under=None),
        "requesteddocument",
    ),
    "signature that is gone": (a_lost_signature, "signature"),
    "signature of another name": (lambda: Signature.objects.update(typed_name="Max Other"), "signature"),
    "signature with other evidence": (lambda: Signature.objects.update(evidence="{}"), "signature"),
    "agreement with another text": (another_text, "agreementversion"),
    "agreement in force earlier": (
        lambda: AgreementVersion.objects.update(effective_at=F("effective_at") - LATER),
        "agreementversion",
    ),
    "class made weaker": (a_weaker_class, "document"),
    "version with another original": (another_original, "documentversion"),
    "former version made current": (lambda: DocumentVersion.objects.update(state="superseded"), "documentversion"),
    "delivery to another address": (lambda: Delivery.objects.update(printed_email="max@evil.example"), "delivery"),
    "delivery of another file": (lambda: Delivery.objects.update(sha256="0" * 64), "delivery"),
    "delivery to another reader": (another_reader, "delivery"),
    "delivery that never was": (a_delivery_that_never_was, "delivery"),
    "delivery that is gone": (lambda: Delivery.objects.all().delete(), "delivery"),
    "exchanged marks": (exchanged_marks, "delivery"),
    "reader made staff": (lambda: User.objects.filter(email="rhea@example.com").update(is_staff=True), "user"),
    "account opened again": (lambda: User.objects.filter(email="rhea@example.com").update(is_active=False), "user"),
    "another mailbox": (another_mailbox, "user"),
    "role without a record": (lambda: User.objects.get(email="rhea@example.com").groups.add(1), "user"),
}


@pytest.mark.once
@pytest.mark.parametrize("name", TAMPERINGS)
def test_each_change_without_a_record_is_named(scene, name):
    change, kind = TAMPERINGS[name]
    triggers.drop(connection)
    change()
    assert kind in {difference.subject.partition(":")[0] for difference in wrong()}
    err = StringIO()
    with pytest.raises(CommandError, match="not say what the log says"):
        call_command("audit", "verify", stdout=StringIO(), stderr=err)
    assert f"{kind}:" in err.getvalue()


@pytest.mark.once
def test_undone_revocation_is_named_even_after_a_later_step_recorded_it(scene):
    vera = User.objects.get(email="vera@other.example")
    request = AccessRequest.objects.get(requester=vera)
    revoke(cast.fresh(request), by=scene["ada"], reason="Wrong person.")
    grant = AccessGrant.objects.get(holder=vera)
    AccessGrant.objects.filter(pk=grant.pk).update(ended_at=None, end="")
    assert [str(one) for one in wrong() if "ended_at" in one.reason]
    # Newer access ends the forged grant, and records it with its facts.
    cast.approve(cast.open_request(vera, grant.document), scene["ada"])
    assert any("never changes" in one.reason and one.subject == f"accessgrant:{grant.pk}" for one in wrong())


@pytest.mark.once
def test_trace_proves_nothing_with_a_row_that_differs_from_the_log(scene, tmp_path):
    leak = tmp_path / "leak.pdf"
    leak.write_bytes(scene["copies"]["rhea@example.com"])
    assert examining.trace_at(leak).verdict == Trace.Verdict.NAMED
    triggers.drop(connection)
    exchanged_marks()
    for one, two in [Delivery.objects.order_by("started_at")]:
        Delivery.objects.filter(pk=one.pk).update(sha256="0" * 64)
        Delivery.objects.filter(pk=two.pk).update(sha256=one.sha256)
    trace = examining.trace_at(leak)
    assert trace.verdict == Trace.Verdict.CHANGED and trace.delivery is None
    assert all(one["doubt"] for one in trace.findings["evidence"] if one["method"] in ("hash", "cells"))


@pytest.mark.once
def test_erased_details_are_not_compared_and_others_are(scene):
    rhea = User.objects.get(email="rhea@example.com")
    erase(Whom(rhea.pk, rhea.email, frozenset(subjects_of(rhea))), by=scene["ada"])
    assert wrong() == []
    Delivery.objects.filter(reader=rhea).update(printed_email="max@evil.example")
    assert wrong() == []
    Delivery.objects.filter(reader=rhea).update(size=F("size") + 1)
    assert [one.reason for one in wrong() if "size" in one.reason]
