"""What must be true after any crash. Each promise is a function that yields a sentence for each violation.

They run on a site that was restarted once, has finished its tasks and was stopped; see `run.py`. The promises are I1 to
I6 of the threat model. They are read from the database, the vault, the mail server and what people were told.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from documents.models import AccessGrant, Delivery, DocumentVersion
from ndaflow.agreements.models import AgreementVersion, Signature, SignedCopy
from ndaflow.requests import gates
from ndaflow.requests.models import AccessRequest, Decision, Question, RequestedDocument, RequestStatus
from trustcenter.accounts.models import User
from trustcenter.audit import history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Head, Record
from trustcenter.audit.state import differences
from trustcenter.audit.text import subject_of
from trustcenter.audit.verify import Broken, verify
from trustcenter.vault import files, transfer
from trustcenter.vault import files as vault
from trustcenter.vault.holdings import holdings
from trustcenter.vault.models import StoredFile
from trustcenter.work.models import Mail, Task

Seen = dict[str, Any]
Promise = Callable[[Seen], Iterator[str]]
State = DocumentVersion.State
_promises: list[Promise] = []


def promise(function: Promise) -> Promise:
    _promises.append(function)
    return function


def check(seen: Seen) -> dict[str, Any]:
    """A sentence for every violation, and the number of rows checked. `seen` is what people and the mail server received."""
    broken = [f"{function.__name__}: {words}" for function in _promises for words in function(seen)]
    return {"broken": broken, "counts": _counts()}


def _counts() -> dict[str, int]:
    counted = (AccessRequest, Signature, Decision, AccessGrant, Delivery, DocumentVersion, StoredFile, Mail, Record)
    names = {"record": "records", "storedfile": "stored files", "accessrequest": "requests", "mail": "mails"}
    counts = {
        names.get(str(m._meta.model_name), str(m._meta.verbose_name_plural)): m._default_manager.count()
        for m in counted
    }
    return counts | {"finished deliveries": Delivery.objects.exclude(sha256="").count()}


# -- The log -------------------------------------------------------------------------------------------------------


@promise
def the_log_is_valid(seen: Seen) -> Iterator[str]:
    try:
        whole = verify()
    except Broken as broken:
        yield str(broken)
    else:
        if whole.size != Record.objects.count() or whole.size != Head.objects.get(id=1).size:
            yield f"{Record.objects.count()} records under a head of {whole.size}"
        yield from map(str, differences(whole.told))


@promise
def changes_and_records_correspond(seen: Seen) -> Iterator[str]:
    requests = AccessRequest.objects.all()
    opened = requests.exclude(status=RequestStatus.DRAFT)
    yield from pairs("drafted", map(subject_of, requests), subjects(Action.REQUEST_DRAFTED))
    yield from pairs("opened", map(subject_of, opened), subjects(Action.REQUEST_OPENED))
    withdrawn = requests.filter(items__outcome=RequestedDocument.Outcome.WITHDRAWN).distinct()
    yield from pairs("withdrawn", map(subject_of, withdrawn), subjects(Action.REQUEST_WITHDRAWN))
    for status, action in (
        (RequestStatus.REVOKED, Action.REQUEST_REVOKED),
        (RequestStatus.EXPIRED, Action.REQUEST_EXPIRED),
    ):
        yield from pairs(status, map(subject_of, requests.filter(status=status)), subjects(action))
    yield from pairs(
        "signature",
        ((s.pk, subject_of(s.request), s.evidence_sha256) for s in Signature.objects.select_related("request")),
        ((e.detail["signature"], e.subject, e.detail["evidence_sha256"]) for e in entries(Action.REQUEST_SIGNED)),
    )
    yield from pairs(
        "signed copy",
        ((f"signature:{copy.pk}", copy.file.sha256) for copy in SignedCopy.objects.select_related("file")),
        ((e.subject, e.detail["sha256"]) for e in entries(Action.AGREEMENT_SEALED)),
    )
    published = entries(Action.AGREEMENT_PUBLISHED)
    yield from pairs(
        "agreement",
        ((v.agreement.title, v.number) for v in AgreementVersion.objects.select_related("agreement")),
        ((e.detail["agreement"]["title"], e.detail["agreement"]["version"]) for e in published),
    )
    questions = Question.objects.select_related("request")
    yield from pairs(
        "question",
        ((subject_of(q.request), q.text) for q in questions),
        ((e.subject, e.detail["question"]) for e in entries(Action.REQUEST_ASKED)),
    )
    yield from pairs(
        "answer",
        ((subject_of(q.request), q.answer) for q in questions if q.answered_at),
        ((e.subject, e.detail["answer"]) for e in entries(Action.REQUEST_ANSWERED)),
    )


@promise
def every_decision_and_grant_is_in_the_log_once(seen: Seen) -> Iterator[str]:
    decisions = Decision.objects.select_related("item__request", "item__document", "decided_by")
    for verdict, action in (
        (Decision.Verdict.APPROVE, Action.REQUEST_APPROVED),
        (Decision.Verdict.DENY, Action.REQUEST_DENIED),
    ):
        made = decisions.filter(verdict=verdict, decided_by__isnull=False)
        yield from pairs(
            f"decision to {verdict}",
            ((subject_of(d.item.request), d.item.document.slug, d.decided_by_id) for d in made),
            ((e.subject, e.detail["document"]["slug"], e.detail["actor"]["id"]) for e in entries(action)),
        )
    opened = [one["grant"] for entry in entries(Action.REQUEST_GRANTED) for one in entry.detail["grants"]]
    yield from pairs("grant", AccessGrant.objects.values_list("pk", flat=True), opened)
    items = RequestedDocument.objects.filter(grant__isnull=False)
    if items.count() != AccessGrant.objects.count():
        yield f"{AccessGrant.objects.count()} grants, {items.count()} of them asked for"
    for item in items.select_related("document__level"):
        if set(item.opened_under or ()) != set(item.document.required_agreements):
            yield f"{item} was granted under {item.opened_under}"


@promise
def every_delivery_and_version_is_in_the_log_once(seen: Seen) -> Iterator[str]:
    deliveries = Delivery.objects.all()
    yield from pairs(
        "delivery started",
        ((subject_of(d), d.code) for d in deliveries),
        ((e.subject, e.detail["code"]) for e in entries(Action.DELIVERY_STARTED)),
    )
    yield from pairs(
        "delivery finished",
        ((subject_of(d), d.sha256) for d in deliveries if d.finished_at),
        ((e.subject, e.detail["sha256"]) for e in entries(Action.DELIVERY_FINISHED)),
    )
    versions = DocumentVersion.objects.all()
    yield from pairs("version", map(subject_of, versions), subjects(Action.VERSION_UPLOADED))
    published = versions.filter(state__in=[State.CURRENT, State.SUPERSEDED])
    accepted = published | versions.filter(state=State.READY)
    yield from pairs("version accepted", map(subject_of, accepted), subjects(Action.VERSION_ACCEPTED))
    yield from pairs("version published", map(subject_of, published), subjects(Action.VERSION_PUBLISHED))
    refused = versions.filter(state=State.REFUSED)
    yield from pairs("version refused", map(subject_of, refused), subjects(Action.VERSION_REFUSED))


def pairs(what: str, changes: Iterable[object], records: Iterable[object]) -> Iterator[str]:
    """A sentence for every change without exactly one record, and for every record without exactly one change."""
    made, written = Counter(changes), Counter(records)
    for change in made - written:
        yield f"{what} {change} has no record"
    for record in written - made:
        yield f"a record of {what} {record} has no change"


def entries(action: Action) -> list[history.Entry]:
    return history.entries(Record.objects.filter(action=action))


def subjects(action: Action) -> list[str]:
    return list(Record.objects.filter(action=action).values_list("subject", flat=True))


# -- The vault -----------------------------------------------------------------------------------------------------


@promise
def rows_and_objects_correspond_after_a_sweep(seen: Seen) -> Iterator[str]:
    # The site has stopped, so everything that a crash left may be collected whatever its age.
    files.PATIENCE = timedelta(seconds=-1)
    vault.sweep()
    rows = set(StoredFile.objects.values_list("pk", flat=True))
    there = set(transfer.names())
    yield from (f"object {name} has no row" for name in there - rows)
    yield from (f"row {name} has no object" for name in rows - there)
    yield from (
        f"{path} was left behind" for path in settings.FILES_DIR.rglob("*") if path.is_file() and path.name not in there
    )
    for owner, name in holdings(StoredFile.objects.filter(pk__in=there)):
        stored, digest = getattr(owner, name), hashlib.sha256()
        try:
            with vault.open(owner, name) as reader:
                while chunk := reader.read(1024 * 1024):
                    digest.update(chunk)
        except vault.Damaged as damage:
            yield str(damage)
        else:
            if digest.hexdigest() != stored.sha256:
                yield f"stored file {stored.pk} is not what its row says"


# -- Mail ----------------------------------------------------------------------------------------------------------


@promise
def every_mail_was_sent_under_one_message_id(seen: Seen) -> Iterator[str]:
    copies: dict[str, set[tuple[str, str]]] = {}
    for handed in seen["mails"]:
        copies.setdefault(handed["message_id"], set()).add((handed["to"], handed["text"].strip()))
        if "signed copy" in handed["text"].lower() and handed["attachments"] and min(handed["attachments"]) < 1000:
            yield f"{handed['message_id']} carries an attachment that is no PDF"
    for mail in Mail.objects.all():
        if mail.message_id not in copies:
            yield f"{mail.subject!r} to {mail.to} was never handed over"
        elif len(copies.pop(mail.message_id)) > 1:
            yield f"{mail.subject!r} to {mail.to} was handed over with different words"
        if mail.sent_at is None:
            yield f"{mail.subject!r} to {mail.to} still waits"
    # A mail without a row announces a change that was rolled back.
    yield from (f"{message_id} was sent for a change that never happened" for message_id in copies)


# -- Nothing hangs -------------------------------------------------------------------------------------------------


@promise
def nothing_is_stuck(seen: Seen) -> Iterator[str]:
    for task in Task.objects.exclude(state=Task.State.DONE):
        yield f"{task} is {task.state} after {task.tries} tries and {task.losses} losses: {task.reason()}"
    for version in DocumentVersion.objects.filter(state=State.CHECKING):
        yield f"{version} is being checked for ever"
    for signature in Signature.objects.filter(copy=None):
        yield f"signature {signature.pk} has no signed copy"
    now = timezone.now()
    for request in AccessRequest.objects.filter(status=RequestStatus.OPEN):
        if not gates.read(request, list(request.items.all()), now).up:
            yield f"request {request.pk} is open with every gate down"


@promise
def each_reader_has_one_active_grant_for_a_document(seen: Seen) -> Iterator[str]:
    live = Counter(AccessGrant.objects.filter(ended_at=None).values_list("holder", "document"))
    yield from (f"two live grants for {who}" for who, count in live.items() if count > 1)
    closed = [RequestStatus.REVOKED, RequestStatus.EXPIRED, RequestStatus.DENIED, RequestStatus.WITHDRAWN]
    for grant in AccessGrant.objects.filter(ended_at=None, requested_document__request__status__in=closed):
        yield f"grant {grant.pk} outlives its request"


# -- What people were told and received -----------------------------------------------------------------------------------


@promise
def what_people_were_told_is_true(seen: Seen) -> Iterator[str]:
    for step, who, about in seen["steps"]:
        if not _happened(step, who, about):
            yield f"{who} was told {step} {about}, which is not there"


def _happened(step: str, who: str, about: str) -> bool:
    actor = User.objects.filter(email=who).values("pk")
    records = Record.objects.filter(subject=f"accessrequest:{about}", actor__in=actor)
    match step:
        case "opened":
            return AccessRequest.objects.filter(pk=about, email=who).exclude(status=RequestStatus.DRAFT).exists()
        case "signed":
            return Signature.objects.filter(signer__email=who, request=about).exists()
        case "withdrawn":
            items = RequestedDocument.objects.filter(request=about, request__email=who)
            return items.filter(outcome=RequestedDocument.Outcome.WITHDRAWN).exists()
        case "decided" | "denied":
            return Decision.objects.filter(item__request=about, decided_by__email=who).exists()
        case "revoked":
            return AccessRequest.objects.filter(pk=about, status=RequestStatus.REVOKED).exists()
        case "asked":
            return records.filter(action=Action.REQUEST_ASKED).exists()
        case "answered":
            return records.filter(action=Action.REQUEST_ANSWERED).exists()
        case "uploaded":
            return DocumentVersion.objects.filter(document__slug=who, number=about).exists()
        case "published":
            version = DocumentVersion.objects.filter(document__slug=who, number=about, published_at__isnull=False)
            return version.exists()
    raise ValueError(f"nobody knows how to check {step}")


@promise
def every_received_copy_is_recorded(seen: Seen) -> Iterator[str]:
    finished = dict(Delivery.objects.exclude(sha256="").values_list("code", "sha256"))
    arrived = {code: sha256 for _reader, code, sha256, whole in seen["copies"] if whole}
    for code, sha256 in arrived.items():
        if finished.get(code) != sha256:
            yield f"copy {code} arrived as {sha256}, the log has {finished.get(code)}"
    # A finished download that did not arrive broke after the site had sent it, and its reader saw that.
    broke = {code for _reader, code, _sha256, whole in seen["copies"] if not whole}
    lost = Counter(seen["lost_copies"])
    gone = Delivery.objects.exclude(sha256="").exclude(code__in=arrived.keys() | broke)
    for reader, count in Counter(gone.values_list("reader__email", flat=True)).items():
        if count > lost[reader]:
            yield f"{count} finished copies of {reader} arrived nowhere, {lost[reader]} connections broke"


@promise
def no_page_was_an_error(seen: Seen) -> Iterator[str]:
    yield from seen["errors"]
