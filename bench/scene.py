"""Fills a site's data folder for a measure with the product's own flows; run by `within`."""

import random
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from bench import pdfs
from certifications.models import Claim
from content import samples
from documents import delivery, tasks
from documents.intake import flows as uploads
from documents.intake import publishing
from documents.models import Delivery, Document, DocumentVersion, Trace
from documents.tracing import flows as tracing
from ndaflow.agreements import signing
from ndaflow.agreements.models import AgreementVersion, Signature
from ndaflow.requests.models import AccessRequest, Question, RequestedDocument, RequestStatus
from tests import cast, signin
from trustcenter import audit
from trustcenter.accounts.models import Company, CompanyDomain, User
from trustcenter.vault import files as vault
from trustcenter.work import mail
from trustcenter.work.ids import new_id
from trustcenter.work.models import Mail, Task

CHUNK = 1024 * 1024
# Any 32 letters: the token in the cookie has to equal the one in the header.
TOKEN = "benchbenchbenchbenchbenchbenchbe"
UNFINISHED = [Task.State.WAITING, Task.State.RUNNING]


def report_granted(pdf: str) -> dict[str, str]:
    """Uploads and checks `pdf` as a gated document and grants it to Rhea; returns the headers of her browser."""
    document = cast.document("measured-report", title="Measured report")
    _upload(document, pdf)
    rhea = cast.rhea()
    request = cast.open_request(rhea, document)
    cast.sign(request, rhea, AgreementVersion.objects.order_by("number").last() or cast.nda())
    granted = cast.approve(request, ada())
    if granted.status != RequestStatus.GRANTED:
        raise RuntimeError(f"The request is {granted.status}")
    return browser(signin.with_proofs(client(), rhea, "code"))


def reader_added(number: int) -> dict[str, str]:
    """Grants the measured report to another person; returns the headers of their browser."""
    person = cast.person(f"reader{number}@readers.example", f"Reader {number}")
    request = cast.open_request(person, Document.objects.get(slug="measured-report"))
    cast.sign(request, person, AgreementVersion.objects.order_by("number").last() or cast.nda())
    cast.approve(request, ada())
    return browser(signin.with_proofs(client(), person, "code"))


def an_hour_later() -> None:
    """Moves all deliveries back in time, so that nobody exceeds the limit per hour."""
    Delivery.objects.update(started_at=F("started_at") - delivery.WITHIN)


def report_added(slug: str, pdf: str) -> None:
    """Adds another checked report and grants it to Rhea, who has signed already."""
    document = cast.document(slug)
    _upload(document, pdf)
    rhea = User.objects.get(email="rhea@example.com")
    granted = cast.approve(cast.open_request(rhea, document), ada())
    if granted.status != RequestStatus.GRANTED:
        raise RuntimeError(f"The request is {granted.status}")


def claims(number: int) -> None:
    """Adds claims like those of the demo until there are so many."""
    known = list(Claim.objects.order_by("pk"))
    with audit.change(by=None) as change:
        for at in range(number - len(known)):
            like = known[at % len(known)]
            like.pk, like.slug, like.question = None, f"measured-{at}", f"{like.question} ({at})"
            like.featured, like.not_offered, like._state.adding = False, "", True
            like.save()
        change.public_content_changed = True


def _upload(document: Document, pdf: str) -> None:
    with vault.Draft(DocumentVersion(), "original") as draft:
        _write(draft, pdf)
        version = uploads.upload(document, draft, by=None)
    tasks.check_version.call(version.pk)
    version.refresh_from_db()
    if version.state != "current":
        raise RuntimeError(f"The measured report was refused: {version.refusal}")


def _write(draft: vault.Draft, pdf: str) -> None:
    with Path(pdf).open("rb") as file:
        while chunk := file.read(CHUNK):
            draft.write(chunk)


def large_report_asked_for(slug: str) -> dict[str, dict[str, str]]:
    """Grants Rhea a gated document without a file; returns the headers of her browser and of an editor's."""
    document, rhea = cast.document(slug), cast.person("rhea@large.example", "Rhea Diaz")
    request = cast.open_request(rhea, document)
    cast.sign(request, rhea, AgreementVersion.objects.order_by("number").last() or cast.nda())
    cast.approve(request, ada())
    cast.without_file(document)
    editor = cast.person("edda@large.example", "Edda Editor", "editor")
    return {
        "rhea": browser(signin.with_proofs(client(), rhea, "code")),
        "edda": browser(signin.staff_client(client(), editor)),
    }


def state_of(slug: str) -> str:
    newest = Document.objects.get(slug=slug).newest
    return newest.state if newest else "missing"


def published(slug: str) -> int:
    """Publishes the newest version; returns its number."""
    version = Document.objects.get(slug=slug).versions.select_related("document").first()
    if version is None:
        raise RuntimeError(f"{slug} has no version")
    publishing.publish(version, publishing.usual_dates(version), by=User.objects.get(email="edda@large.example"))
    return version.number


def approver() -> dict[str, str]:
    """The headers of Ada's browser after she has signed in."""
    return browser(signin.staff_client(client(), ada()))


def browser(client: Client) -> dict[str, str]:
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {
        "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}",
        "X-CSRFToken": TOKEN,
    }


def codes_while_busy(report: str, leak: str, mails: int) -> dict[str, Any]:
    """Starts a trace, a check and many mails, and mails one code after the other until both are done.

    Returns how long each code waited for its hand-over, and how long trace and check ran, in seconds.
    """
    tracer, editor = ada(), cast.person("edda@lanes.example", "Edda Editor", "editor")
    with vault.Draft(Trace(), "file") as draft:
        _write(draft, leak)
        tracing.ask(draft, name="leak.pdf", by=tracer)
    with vault.Draft(DocumentVersion(), "original") as draft:
        _write(draft, report)
        uploads.upload(cast.document("lanes-report"), draft, by=editor)
    with transaction.atomic():
        for number in range(mails):
            mail.send("no_code", to=f"p{number}@lanes.example")
    slow = Task.objects.filter(path__in=[tasks.trace_file.module_path, tasks.check_version.module_path])
    waits: list[float] = []
    while slow.filter(state__in=UNFINISHED).exists():
        with transaction.atomic():
            expires_at = timezone.now() + timedelta(minutes=10)
            code = mail.send("no_code", to="rhea@lanes.example", expires_at=expires_at)
        started = time.monotonic()
        while not Mail.objects.filter(pk=code.pk, sent_at__isnull=False).exists():
            time.sleep(0.02)
        waits.append(time.monotonic() - started)
        time.sleep(0.5)

    def seconds(path: str) -> float:
        """A check runs in several tasks, one after the other."""
        return sum((task.ended_at - task.started_at).total_seconds() for task in slow if task.path == path)

    return {
        "waits": waits,
        "trace": seconds(tasks.trace_file.module_path),
        "check": seconds(tasks.check_version.module_path),
    }


def settled() -> float:
    """Waits until the worker has no tasks left; returns the seconds it took."""
    started = time.monotonic()
    while Task.objects.filter(state__in=UNFINISHED).exists() and time.monotonic() - started < 60:
        time.sleep(0.2)
    return time.monotonic() - started


def long_report(path: str, pages: int) -> None:
    """The sample SOC 2 report, repeated to this number of pages."""
    pdfs.lengthened((samples.HERE / "soc-2-type-ii-report.pdf").read_bytes(), Path(path), pages=pages)


def queue(size: int) -> int:
    """Adds `size` open requests by `size` people of `size / 5` companies, with the rows that the flows write.

    Each is for one to three gated documents; a third are signed, a tenth wait for an answer. Returns the number of open
    requests.
    """
    chance = random.Random(0)
    gated = list(Document.objects.filter(level__is_public=False))
    gated += [cast.document(f"document-{number}") for number in range(3 - len(gated))]
    version = AgreementVersion.objects.order_by("number").last() or cast.nda()
    approver, now = ada(), timezone.now()
    companies = [Company(legal_name=f"Company {number}") for number in range(size // 5)]
    domains = [CompanyDomain(company=one, domain=f"company{number}.example") for number, one in enumerate(companies)]
    people, addresses, requests, items, signatures, questions = [], [], [], [], [], []
    for number in range(size):
        company, domain = companies[number % len(companies)], domains[number % len(companies)].domain
        person = User(
            email=f"person{number}@{domain}",
            name=f"Person {number}",
            company=company,
            password=make_password(None),
        )
        asked_at = now - timedelta(minutes=chance.randrange(60 * 24 * 90))
        request = AccessRequest(
            status=RequestStatus.OPEN,
            step=1,
            requester=person,
            email=person.email,
            name=person.name,
            company_name=company.legal_name,
            reason="Our yearly vendor review.",
            session_hash=signing.digest(person.email),
            created_at=asked_at,
            opened_at=asked_at,
        )
        people.append(person)
        addresses.append(EmailAddress(user=person, email=person.email, verified=True, primary=True))
        requests.append(request)
        items += [RequestedDocument(request=request, document=one) for one in chance.sample(gated, 1 + number % 3)]
        if number % 3 == 0:
            signatures.append(_signature(person, request, version, asked_at))
        if number % 10 == 0:
            questions.append(Question(request=request, text="Which product is this for?", asked_by=approver))
    with transaction.atomic():
        for rows in (companies, domains, people, addresses, requests, items, signatures, questions):
            type(rows[0]).objects.bulk_create(rows, batch_size=500)
    vacuum()
    return AccessRequest.objects.filter(status=RequestStatus.OPEN).count()


def vacuum() -> None:
    """Does what autovacuum does within a minute of so many new rows: the pages read indexes and no row, where they can."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _signature(person: User, request: AccessRequest, version: AgreementVersion, at) -> Signature:  # type: ignore[no-untyped-def]
    assent = signing.Assent(typed_name=person.name, title="CISO", entity=request.company_name)
    key = new_id()
    evidence = signing.evidence(
        signature_id=key,
        request_id=request.pk,
        signer_id=person.pk,
        email=person.email,
        agreement=version.agreement.title,
        version=version.number,
        text_sha256=version.sha256,
        scope=Signature.Scope.PERSON,
        operator="Bench",
        assent=assent,
        circumstances=cast.circumstances(),
        signed_at=at,
    )
    return Signature(
        pk=key,
        agreement_id=version.agreement_id,
        version=version,
        signer=person,
        request=request,
        evidence=evidence,
        evidence_sha256=signing.digest(evidence),
        typed_name=assent.typed_name,
        title=assent.title,
        entity=assent.entity,
        signed_at=at,
    )


def ada() -> User:
    return User.objects.filter(email="ada@trust.example").first() or cast.ada()


def client() -> Client:
    return Client(SERVER_NAME="127.0.0.1")
