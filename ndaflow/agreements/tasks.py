"""Background tasks. Each may run twice and has one effect."""

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from documents.models import AccessGrant
from ndaflow.agreements import impact
from ndaflow.agreements.models import AgreementVersion, SealCertificate, Signature, SignedCopy
from trustcenter import audit
from trustcenter.audit import words
from trustcenter.audit.actions import Action
from trustcenter.vault import files as vault
from trustcenter.work.lanes import Lane
from trustcenter.work.tasks import background

if TYPE_CHECKING:
    from ndaflow.agreements.sealing import verification


def _signatures(ids: list[str]) -> dict[str, str]:
    rows = Signature.objects.filter(pk__in=ids).select_related("version__agreement")
    return {
        row.pk: _("%(agreement)s, for %(name)s") % {"agreement": words.said(row.version.named), "name": row.typed_name}
        for row in rows
    }


@background(Lane.SEALING, _lazy("Seal a signed agreement"), about=_signatures)
def make_signed_copy(signature_id: str) -> None:
    """Makes the PDF of a signature, seals it, stores it in the vault and mails it to the signer.

    Raises an error if it cannot be sealed as configured, and the worker retries. It never makes a weaker seal.
    """
    # Imported here: otherwise every web process and command would load WeasyPrint and pyHanko.
    from ndaflow.agreements import signed_copy
    from ndaflow.agreements.sealing import custody, seal, verification

    signature = Signature.objects.select_related("agreement", "version__agreement", "signer").get(pk=signature_id)
    if SignedCopy.objects.filter(signature=signature).exists():
        return
    sealer = custody.in_use(timezone.now())
    paper = signed_copy.render(signature, certificate=sealer.chain[0], level=sealer.level)
    sealed = seal.seal(paper, sealer, reason=signed_copy.reason(signature))
    # A copy that our own verifier refuses must not be sent.
    verdict = verification.verify(sealed, [sealer.chain], timestamp_roots=custody.timestamp_roots())
    if verdict.level != sealer.level:
        raise verification.Flaw(f"The seal was made as {verdict.level} instead of {sealer.level}.")
    certificate = custody.publish(sealer)
    with vault.Draft(SignedCopy(signature=signature), "file") as draft:
        draft.write(sealed)
        draft.finish()
        _keep(signature, draft, verdict, certificate)


def _keep(
    signature: Signature, draft: vault.Draft, verdict: "verification.Verdict", certificate: SealCertificate
) -> None:
    """Creates the copy's row with its record and mail, unless another worker was quicker."""
    with audit.change(by=None) as change:
        Signature.objects.select_for_update(no_key=True).get(pk=signature.pk)
        if SignedCopy.objects.filter(signature=signature).exists():
            return
        copy = SignedCopy.objects.create(
            signature=signature,
            file=draft.keep(),
            sha256=verdict.sha256,
            level=verdict.level,
            certificate=certificate,
        )
        change.mail(
            "signed_copy",
            to=signature.signer.email,
            context={"signature": signature, "sha256": verdict.sha256},
            attachments=[
                ("signed_copy", signature.pk),
                # The kinds of receipts are those of ndaflow/requests/receipts.py; they are read when the mail is sent.
                ("receipt", f"signature-{signature.pk}"),
                ("receipt", f"copy-{signature.pk}"),
            ],
        )
        change.record(
            Action.AGREEMENT_SEALED,
            subject=signature,
            changed=[copy],
            agreement=signature.version.named,
            signer=signature.typed_name,
            sha256=verdict.sha256,
            level=verdict.level,
            certificate=verdict.fingerprint,
        )


def _versions(ids: list[str]) -> dict[str, str]:
    return {str(row.pk): str(row) for row in AgreementVersion.objects.filter(pk__in=ids).select_related("agreement")}


@background(Lane.MAIL, _lazy("Tell people about a new agreement"), about=_versions)
def tell_stopped(version_id: int) -> None:
    """Mails everybody whom a version stops, once each. People who have signed it meanwhile need no mail."""
    with audit.change(by=None) as change:
        version = AgreementVersion.objects.select_for_update(no_key=True, of=("self",)).select_related("agreement")
        row = version.get(pk=version_id)
        if row.told_at is not None:
            return
        AgreementVersion.objects.filter(pk=row.pk).update(told_at=change.at)
        stopped = impact.of(row)
        closed: dict[str, list[str]] = {}
        required = impact.documents_requiring(row.agreement.slug)
        grants = AccessGrant.objects.open_at(change.at).filter(holder__in=stopped.stopped, document__in=required)
        for holder, title in grants.order_by("document__position").values_list("holder", "document__title"):
            closed.setdefault(holder, []).append(title)
        for person in stopped.people:
            context = {"person": person, "version": row, "closed": closed.get(person.pk, [])}
            change.mail("agreement_changed", to=person.email, context=context)
