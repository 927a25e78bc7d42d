"""The log and the rows say the same: each change has exactly one record."""

from collections.abc import Iterator

from documents.models import AccessGrant, Delivery, DocumentVersion
from ndaflow.agreements.models import AgreementVersion, Signature, SignedCopy
from ndaflow.requests.models import AccessRequest, Decision, Question, RequestedDocument, RequestStatus
from tests.crash.promises.promise import Seen, entries, erased, erased_requests, forgotten, pairs, promise, subjects
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Head, Record
from trustcenter.audit.state import differences
from trustcenter.audit.text import subject_of
from trustcenter.audit.verify import Broken, verify

State = DocumentVersion.State


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
    # The erasure of a person ends their requests, and its record is the only one.
    others = requests.exclude(pk__in=erased_requests())
    opened = requests.exclude(status=RequestStatus.DRAFT)
    # A draft of an erased person is deleted, and the details of its record with it.
    drafted = {one.subject for one in entries(Action.REQUEST_DRAFTED)} | set(map(subject_of, requests))
    written = [subject for subject in subjects(Action.REQUEST_DRAFTED) if subject in drafted]
    yield from pairs("drafted", map(subject_of, requests), written)
    yield from pairs("opened", map(subject_of, opened), subjects(Action.REQUEST_OPENED))
    withdrawn = others.filter(items__outcome=RequestedDocument.Outcome.WITHDRAWN).distinct()
    yield from pairs("withdrawn", map(subject_of, withdrawn), remembered(Action.REQUEST_WITHDRAWN))
    for status, action in (
        (RequestStatus.REVOKED, Action.REQUEST_REVOKED),
        (RequestStatus.EXPIRED, Action.REQUEST_EXPIRED),
    ):
        yield from pairs(status, map(subject_of, others.filter(status=status)), remembered(action))
    yield from pairs(
        "signature",
        (
            (s.pk, subject_of(s.request), s.evidence_sha256)
            for s in Signature.objects.exclude(signer__in=erased()).select_related("request")
        ),
        ((e.detail["signature"], e.subject, e.detail["evidence_sha256"]) for e in entries(Action.REQUEST_SIGNED)),
    )
    yield from pairs(
        "signed copy",
        (
            (f"signature:{copy.pk}", copy.file.sha256)
            for copy in SignedCopy.objects.exclude(signature__signer__in=erased()).select_related("file")
        ),
        ((e.subject, e.detail["sha256"]) for e in entries(Action.AGREEMENT_SEALED)),
    )
    published = entries(Action.AGREEMENT_PUBLISHED)
    yield from pairs(
        "agreement",
        ((v.agreement.title, v.number) for v in AgreementVersion.objects.select_related("agreement")),
        ((e.detail["agreement"]["title"], e.detail["agreement"]["version"]) for e in published),
    )
    questions = Question.objects.exclude(request__in=erased_requests()).select_related("request")
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
    decisions = Decision.objects.exclude(item__request__in=erased_requests())
    decisions = decisions.select_related("item__request", "item__document", "decided_by")
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
    for verdict, action in (
        (Decision.Verdict.APPROVE, Action.RULE_APPROVED),
        (Decision.Verdict.DENY, Action.RULE_DENIED),
    ):
        ruled = Decision.objects.filter(verdict=verdict, decided_by=None).select_related("item__request")
        yield from pairs(f"rule's {verdict}", (subject_of(d.item.request) for d in ruled), subjects(action))
    opened = [one["grant"] for entry in entries(Action.REQUEST_GRANTED) for one in entry.detail["grants"]]
    yield from pairs("grant", AccessGrant.objects.exclude(holder__in=erased()).values_list("pk", flat=True), opened)
    items = RequestedDocument.objects.filter(grant__isnull=False)
    # One that was extended has its follower in its place.
    grants = AccessGrant.objects.filter(extended_by=None).count()
    if items.count() != grants:
        yield f"{grants} grants, {items.count()} of them asked for"
    for item in items.select_related("document__level"):
        if set(item.opened_under or ()) != set(item.document.required_agreements):
            yield f"{item} was granted under {item.opened_under}"


@promise
def every_delivery_and_version_is_in_the_log_once(seen: Seen) -> Iterator[str]:
    deliveries = Delivery.objects.exclude(reader__in=erased())
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


def remembered(action: Action) -> list[str]:
    """The subjects of the records of an action, without those of people who were erased."""
    return [subject for subject in subjects(action) if subject not in forgotten()]
