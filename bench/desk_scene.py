"""Fills a site with years of requests, for the measures of the desk; run by `within`."""

import random
import secrets
import time
from datetime import timedelta
from statistics import median
from typing import Any

from django.db import transaction
from django.utils import timezone

from bench import inside, scene
from documents.delivery import new_code
from documents.models import AccessGrant, Delivery, Document
from ndaflow.agreements.models import AgreementVersion, Coverage
from ndaflow.requests.models import AccessRequest, Decision, Question, RequestedDocument, RequestStatus
from ndaflow.rules import dry_runs, policy
from ndaflow.rules.models import DryRun
from tests import cast, signin
from trustcenter.accounts.models import Company, CompanyDomain, User

YEARS = 3
# How many requests wait at the same time, and how many documents there are.
OPEN, DOCUMENTS = 2_000, 30
Outcome = RequestedDocument.Outcome


def filled(requests: int, companies: int, deliveries: int) -> dict[str, int]:
    """Adds decided and open requests of as many people, their companies, decisions, grants and deliveries."""
    chance, now = random.Random(0), timezone.now()
    documents = [
        cast.requestable(f"desk-{number}", "restricted" if number % 5 == 0 else "nda") for number in range(DOCUMENTS)
    ]
    if AgreementVersion.objects.first() is None:
        cast.nda()
    approver = scene.ada()
    known = [Company(legal_name=f"Company {number}") for number in range(companies)]
    domains = [CompanyDomain(company=one, domain=f"company{number}.example") for number, one in enumerate(known)]
    people = [
        User(
            email=f"p{number}@company{number % companies}.example",
            name=f"Person {number}",
            company=known[number % companies],
            password="!",
        )
        for number in range(requests)
    ]
    with transaction.atomic():
        Company.objects.bulk_create(known, batch_size=1000)
        for one in domains:
            one.skeleton = one.domain
        CompanyDomain.objects.bulk_create(domains, batch_size=1000)
        User.objects.bulk_create(people, batch_size=1000)
        granted = _requests(chance, now, people, documents, approver)
        _deliveries(chance, now, granted, deliveries)
    _coverage(granted)
    scene.vacuum()
    return {"requests": AccessRequest.objects.count(), "deliveries": Delivery.objects.count()}


def _requests(
    chance: random.Random, now: Any, people: list[User], documents: list[Document], approver: User
) -> list[AccessGrant]:
    rows, items, decisions, grants, questions = [], [], [], [], []
    for number, person in enumerate(people):
        is_open = number < OPEN
        minutes = chance.randrange(60 * 24 * (20 if is_open else 365 * YEARS))
        opened = now - timedelta(minutes=minutes)
        asked = is_open and number % 10 == 0
        status = RequestStatus.OPEN if is_open else (RequestStatus.DENIED if number % 6 == 0 else RequestStatus.GRANTED)
        took = chance.randrange(10, 900)
        request = AccessRequest(
            status=status,
            step=1,
            requester=person,
            email=person.email,
            name=person.name,
            company_name=person.company.legal_name if person.company else "",
            reason="Our yearly vendor review.",
            created_at=opened,
            opened_at=opened,
            owner=approver if number % 3 == 0 else None,
            target_hours=8,
            due_at=opened + timedelta(days=2),
            paused_at=opened if asked else None,
            closed_at=None if is_open else opened + timedelta(days=1),
            closing_reason="No contract." if status == RequestStatus.DENIED else "",
            decided_at=None if is_open else opened + timedelta(hours=took / 20),
            decided_in=None if is_open else took,
            risks=["first_request"] if number % 4 else ["free_mail"],
            has_warning=number % 4 == 0,
        )
        rows.append(request)
        if asked:
            questions.append(Question(request=request, text="Which product is this for?", asked_by=approver))
        for document in chance.sample(documents, 1 + number % 2):
            item = RequestedDocument(request=request, document=document)
            if not is_open:
                is_denied = status == RequestStatus.DENIED
                item.outcome = Outcome.DENIED if is_denied else Outcome.APPROVED
                item.refused_at = opened + timedelta(hours=1) if is_denied else None
                decision = Decision(
                    item=item,
                    position=1,
                    verdict="deny" if is_denied else "approve",
                    until=None if is_denied else opened + timedelta(days=365),
                    reason="No contract." if is_denied else "",
                    decided_by=approver,
                    decided_at=opened + timedelta(hours=1),
                )
                decisions.append(decision)
                if not is_denied:
                    starts = opened + timedelta(hours=1)
                    grants.append(
                        AccessGrant(
                            holder=person,
                            document=document,
                            approvals=1,
                            starts_at=starts,
                            ends_at=starts + timedelta(days=365),
                        )
                    )
            items.append(item)
    for model, found in (
        (AccessRequest, rows),
        (RequestedDocument, items),
        (Decision, decisions),
        (AccessGrant, grants),
        (Question, questions),
    ):
        model.objects.bulk_create(found, batch_size=1000)  # type: ignore[attr-defined]  # each model has objects
    return grants


def _coverage(grants: list[AccessGrant]) -> None:
    """Everybody to whom something is open has signed, as rows that share one signature."""
    signer, version = cast.person("signer@company0.example", "Signer"), AgreementVersion.objects.get()
    cast.sign(cast.open_request(signer, Document.objects.earliest("pk")), signer, version)
    one = Coverage.objects.get()
    rows = [
        Coverage(agreement=one.agreement, version=version, scope=one.scope, person_id=key, signature=one.signature)
        for key in {grant.holder_id for grant in grants}
    ]
    Coverage.objects.bulk_create(rows, batch_size=1000)


def _deliveries(chance: random.Random, now: Any, grants: list[AccessGrant], number: int) -> None:
    versions = {one.pk: one.versions.get() for one in Document.objects.filter(slug__startswith="desk-")}
    rows = []
    for place in range(number):
        grant = grants[place % len(grants)]
        started = grant.starts_at + timedelta(minutes=chance.randrange(60 * 24 * 30))
        rows.append(
            Delivery(
                code=new_code(),
                kind="reading",
                grant=grant,
                version=versions[grant.document_id],
                reader_id=grant.holder_id,
                printed_email="x@example.com",
                mark_bits=secrets.token_bytes(16),
                started_at=min(now, started),
                size=1000,
            )
        )
    Delivery.objects.bulk_create(rows, batch_size=2000)


def pages(addresses: list[str], rounds: int) -> dict[str, dict[str, float]]:
    """Seconds (median of `rounds`) and queries of each page as an administrator sees it."""
    client = signin.staff_client(scene.client(), scene.ada())
    one = AccessRequest.objects.filter(status=RequestStatus.OPEN).order_by("due_at").first()
    company = Company.objects.order_by("pk").first()
    found = {}
    for address in addresses:
        url = address.format(request=one.pk if one else "", company=company.pk if company else "")
        queries = inside.count(client, url)
        seconds = []
        for _round in range(rounds):
            started = time.perf_counter()
            client.get(url)
            seconds.append(time.perf_counter() - started)
        found[address] = {"seconds": median(seconds), "queries": queries}
    return found


def dry_run() -> dict[str, float]:
    """Tries two rules on the requests of the last 90 days: how many requests, and the seconds."""
    rules = [
        {
            "key": "customers",
            "name": "Customers",
            "when": [{"fact": "customer", "op": "is"}],
            "then": {"approve_days": 90},
        },
        {"key": "everyone", "name": "Everyone", "when": [], "then": {"approve_days": 30}},
    ]
    run = DryRun.objects.create(rules=policy.as_data(policy.read(rules)), digest="", days=90, asked_by=scene.ada())
    started = time.perf_counter()
    dry_runs.carry_out(run)
    seconds = time.perf_counter() - started
    run.refresh_from_db()
    return {"requests": run.done, "seconds": seconds}
