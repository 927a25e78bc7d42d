"""The requester signs the agreement in force."""

from django.utils import timezone
from django.utils.translation import gettext as _

from documents.models import AccessGrant
from ndaflow.agreements import signing, tasks
from ndaflow.agreements.coverage import agreement_needed, covered_until, signature_covering
from ndaflow.agreements.models import Signature
from ndaflow.requests.flows.grants import settle
from ndaflow.requests.flows.step import FlowError, must_be_requester, step
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record


def sign(
    request: AccessRequest,
    *,
    by: User,
    version_number: int,
    text_sha256: str,
    assent: signing.Assent,
    circumstances: signing.Circumstances,
) -> Signature:
    """Puts the requester's signature under the agreement in force, if it still is the text that they were shown."""
    was = [RequestStatus.OPEN, RequestStatus.GRANTED]
    with step(request, was=was, by=by, deed=_("sign")) as request:
        must_be_requester(request, by)
        now = timezone.now()
        agreement = agreement_needed()
        version = agreement.current_version(now) if agreement else None
        if agreement is None or version is None:
            raise FlowError(_("There is no agreement to sign yet. We will write to you when there is."))
        if (version.number, version.sha256) != (version_number, text_sha256):
            raise FlowError(_("The agreement has changed since you opened it. Please read the text below again."))
        if not (assent.typed_name.strip() and assent.title.strip() and assent.entity.strip()):
            raise FlowError(_("Please type your name, your title and the legal entity you sign for."))
        if signature_covering(by, now):
            raise FlowError(_("You have already signed this agreement."))
        Signature.objects.filter(signer=by, agreement=agreement, superseded_at=None).update(superseded_at=now)
        signature = Signature(
            agreement=agreement,
            version=version,
            signer=by,
            request=request,
            typed_name=assent.typed_name,
            title=assent.title,
            entity=assent.entity,
            signed_at=now,
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
            assent=assent,
            circumstances=circumstances,
            signed_at=now,
        )
        signature.evidence_sha256 = signing.digest(signature.evidence)
        signature.save(force_insert=True)
        # Documents that a newer text had closed open again with the new signature.
        AccessGrant.objects.filter(holder=by, ended_at=None, requested_document__signature__agreement=agreement).update(
            covered_until=covered_until(signature)
        )
        tasks.make_signed_copy.enqueue(signature.pk)
        record(
            Action.REQUEST_SIGNED,
            actor=by,
            subject=request,
            signature=signature.pk,
            agreement=str(version),
            entity=signature.entity,
            text_sha256=version.sha256,
            evidence_sha256=signature.evidence_sha256,
        )
        if request.status == RequestStatus.OPEN:
            settle(request, now)
        # The signature may have been the last gate of the signer's other requests too.
        others = AccessRequest.objects.filter(requester=by, status=RequestStatus.OPEN).exclude(pk=request.pk)
        for other in others.select_for_update(of=("self",)).select_related("requester"):
            settle(other, now)
    return signature
