"""The requester signs the agreement in force."""

from dataclasses import asdict

from django.db.models import F

from certifications import posture
from documents.models import AccessGrant
from ndaflow.agreements import signing, tasks
from ndaflow.agreements.coverage import agreement_needed, covered_until, signature_covering
from ndaflow.agreements.models import Agreement, AgreementVersion, Signature
from ndaflow.requests import noted_risks
from ndaflow.requests.flows.opening import settle
from ndaflow.requests.flows.step import must_be_requester, note_rows, step
from ndaflow.requests.models import AccessRequest, RequestStatus
from ndaflow.requests.refusals import Refusal, Step
from trustcenter.accounts import checked
from trustcenter.accounts.models import User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action


def sign(
    request: AccessRequest,
    *,
    by: User,
    version_number: int,
    text_sha256: str,
    assent: signing.Assent,
    circumstances: signing.Circumstances,
) -> Signature:
    """Signs the agreement in force for the requester, if it is still the text that they were shown."""
    was = [RequestStatus.OPEN, RequestStatus.GRANTED]
    with step(request, Step.SIGN, was=was, by=by, opens=True) as (change, request):
        must_be_requester(request, by)
        agreement = agreement_needed()
        version = agreement.current_version(change.at) if agreement else None
        if agreement is None or version is None:
            raise FlowError(Refusal.NO_AGREEMENT)
        if (version.number, version.sha256) != (version_number, text_sha256):
            raise FlowError(Refusal.OTHER_TEXT)
        assent = signing.Assent(**{field: checked.line(text) for field, text in asdict(assent).items()})
        if not (assent.typed_name and assent.title and assent.entity):
            raise FlowError(Refusal.NOT_TYPED)
        if signature_covering(by, change.at):
            raise FlowError(Refusal.SIGNED_BEFORE)
        signature = _signed(change, request, by, agreement, version, assent, circumstances)
        # The new signature reopens documents that a newer text had closed.
        closed = AccessGrant.objects.filter(
            holder=by, ended_at=None, requested_document__signature__agreement=agreement
        )
        change.changed(AccessGrant.objects.filter(pk__in=list(closed.values_list("pk", flat=True))))
        closed.update(covered_until=covered_until(signature))
        change.task(tasks.make_signed_copy, signature.pk)
        change.record(
            Action.REQUEST_SIGNED,
            subject=request,
            signature=signature.pk,
            agreement=version.named,
            entity=signature.entity,
            text_sha256=version.sha256,
            evidence_sha256=signature.evidence_sha256,
        )
        # An approver who has another request of the signer on the screen has to see the signature first.
        others = AccessRequest.objects.filter(requester=by, status=RequestStatus.OPEN).exclude(pk=request.pk)
        others.update(step=F("step") + 1)
        # The signature may have been the last gate of the signer's other requests too.
        waiting = AccessRequest.objects.filter(requester=by, status=RequestStatus.OPEN).order_by("pk")
        for one in waiting.select_related("requester__company"):
            noted_risks.note(one, change.at)
            note_rows(change, one)
            settle(change, one)
    return signature


def _signed(
    change: Change,
    request: AccessRequest,
    by: User,
    agreement: Agreement,
    version: AgreementVersion,
    assent: signing.Assent,
    circumstances: signing.Circumstances,
) -> Signature:
    """Creates the new signature, which replaces the signer's former one."""
    former = Signature.objects.filter(signer=by, agreement=agreement, superseded_at=None)
    change.changed(Signature.objects.filter(pk__in=list(former.values_list("pk", flat=True))))
    former.update(superseded_at=change.at)
    signature = Signature(
        agreement=agreement,
        version=version,
        signer=by,
        request=request,
        typed_name=assent.typed_name,
        title=assent.title,
        entity=assent.entity,
        signed_at=change.at,
    )
    signature.evidence = signing.evidence(
        signature_id=signature.pk,
        request_id=request.pk,
        signer_id=by.pk,
        email=by.email,
        agreement=agreement.title,
        version=version.number,
        text_sha256=signing.digest(version.text),
        scope=signature.scope,
        operator=posture.legal_name(),
        assent=assent,
        circumstances=circumstances,
        signed_at=change.at,
    )
    signature.evidence_sha256 = signing.digest(signature.evidence)
    signature.save(force_insert=True)
    change.changed([signature])
    return signature
