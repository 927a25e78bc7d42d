"""Work that follows a step and must not slow the request down. Each task may run twice and does its deed once."""

from django.db import transaction
from django.tasks import task

from documents import vault
from ndaflow import receipts, signed_copy
from ndaflow.models import Signature, SignedCopy
from trustcenter import mail
from trustcenter.audit.actions import Action
from trustcenter.audit.log import record


@task()
def make_signed_copy(signature_id: str) -> None:
    """Makes the PDF of a signature, keeps it in the vault and mails it to the signer."""
    signature = Signature.objects.select_related("agreement", "version__agreement", "signer").get(pk=signature_id)
    if SignedCopy.objects.filter(signature=signature).exists():
        return
    stored = vault.store([signed_copy.render(signature)])
    with transaction.atomic(durable=True):
        made = SignedCopy.objects.get_or_create(signature=signature, defaults={"file": stored})[1]
        if made:
            mail.send(
                "signed_copy",
                to=signature.signer.email,
                context={"signature": signature, "sha256": stored.sha256},
                attachments=receipts.with_signed_copy(signature),
            )
            record(
                Action.AGREEMENT_COPIED,
                actor=None,
                subject=signature,
                agreement=str(signature.version),
                signer=signature.typed_name,
                sha256=stored.sha256,
            )
    if not made:
        # A second worker was quicker; its file is the one.
        vault.delete(stored)
