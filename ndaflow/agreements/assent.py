"""What every signature writes: its evidence, its record, its coverage, and the task that seals its copy."""

from dataclasses import asdict
from typing import Any

from django.db.models import Model, QuerySet

from certifications import posture
from ndaflow.agreements import coverage_changes, signing, tasks
from ndaflow.agreements.filled import Filled
from ndaflow.agreements.models import Signature
from ndaflow.agreements.refusals import Refusal
from trustcenter.accounts import checked
from trustcenter.accounts.models import User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action


def give(
    change: Change,
    text: Filled,
    waiting: QuerySet[Any],
    *,
    by: User,
    assent: signing.Assent,
    circumstances: signing.Circumstances,
    request: Model | None = None,
) -> Signature:
    """Creates a signature with its evidence, its record and its coverage, and has its copy sealed.

    It replaces the signer's former one. `waiting` are the open requests of the signer; the caller has locked them, and has
    checked the text. Raises FlowError if something is not typed.
    """
    assent = signing.Assent(**{field: checked.line(words) for field, words in asdict(assent).items()})
    if not (assent.typed_name and assent.title and assent.entity):
        raise FlowError(Refusal.NOT_TYPED)
    version, agreement = text.version, text.version.agreement
    former = Signature.objects.filter(signer=by, agreement=agreement, superseded_at=None)
    change.changed(Signature.objects.filter(pk__in=list(former.values_list("pk", flat=True))))
    former.update(superseded_at=change.at)
    signature = Signature(
        agreement=agreement,
        version=version,
        signer=by,
        request_id=request.pk if request else None,
        scope=version.covers,
        typed_name=assent.typed_name,
        title=assent.title,
        entity=assent.entity,
        signed_at=change.at,
    )
    signature.evidence = signing.evidence(
        signature_id=signature.pk,
        request_id=signature.request_id,
        signer_id=by.pk,
        email=by.email,
        agreement=agreement.title,
        version=version.number,
        text_sha256=text.sha256,
        template_sha256=version.sha256,
        fields=text.evidence,
        scope=signature.scope,
        operator=posture.legal_name(),
        assent=assent,
        circumstances=circumstances,
        signed_at=change.at,
    )
    signature.evidence_sha256 = signing.digest(signature.evidence)
    signature.save(force_insert=True)
    change.changed([signature])
    change.task(tasks.make_signed_copy, signature.pk)
    change.record(
        Action.REQUEST_SIGNED,
        subject=request or signature,
        signature=signature.pk,
        agreement=version.named,
        entity=signature.entity,
        text_sha256=text.sha256,
        evidence_sha256=signature.evidence_sha256,
    )
    coverage_changes.by_signature(change, signature, waiting)
    return signature
