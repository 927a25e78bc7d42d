"""The requester signs an agreement that the documents need."""

from dataclasses import asdict

from certifications import posture
from ndaflow.agreements import coverage, signing, tasks
from ndaflow.agreements.models import Agreement, AgreementVersion, Signature
from ndaflow.requests import gates
from ndaflow.requests.flows.step import items_of, must_be_requester, step
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
    slug: str,
    version_number: int,
    text_sha256: str,
    assent: signing.Assent,
    circumstances: signing.Circumstances,
) -> Signature:
    """Signs the agreement `slug` for the requester, if its text in force is still the one that they were shown."""
    was = [RequestStatus.OPEN, RequestStatus.GRANTED]
    with step(request, Step.SIGN, was=was, by=by, opens=True, covers=True) as (change, request):
        must_be_requester(request, by)
        if slug not in gates.required(items_of(request)):
            raise FlowError(Refusal.NOT_NEEDED)
        agreement = Agreement.objects.filter(slug=slug).first()
        version = agreement.current_version(change.at) if agreement else None
        if agreement is None or version is None:
            raise FlowError(Refusal.NO_AGREEMENT)
        if (version.number, version.sha256) != (version_number, text_sha256):
            raise FlowError(Refusal.OTHER_TEXT)
        assent = signing.Assent(**{field: checked.line(text) for field, text in asdict(assent).items()})
        if not (assent.typed_name and assent.title and assent.entity):
            raise FlowError(Refusal.NOT_TYPED)
        if held := coverage.covering(by, [slug], change.at, new=True).get(slug):
            raise FlowError(Refusal.SIGNED_BEFORE if held.person_id == by.pk else Refusal.COVERED)
        signature = _signed(change, request, by, agreement, version, assent, circumstances)
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
        # It may have been the last gate of the signer's other requests too.
        coverage.by_signature(change, signature)
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
        scope=version.covers,
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
