"""What this package attaches to mails. Read by the worker when it hands a mail over."""

from ndaflow.agreements.models import Signature
from ndaflow.requests import receipts
from trustcenter.audit import checkpoints
from trustcenter.audit import receipts as log
from trustcenter.vault import files as vault
from trustcenter.work import mail


@mail.attaches("signed_copy")
def signed_copy(signature_id: str) -> tuple[str, bytes]:
    """The signer's PDF."""
    signature = Signature.objects.select_related("copy__file", "version__agreement").get(pk=signature_id)
    with vault.open(signature.copy, "file") as file:
        return f"{signature.version.agreement.kind}-v{signature.version.number}.pdf", file.read()


@mail.attaches("receipt")
def receipt(name: str) -> tuple[str, bytes] | None:
    """A receipt by kind and id; signs the log's head at once where it is too young for one.

    None, so that the mail leaves without it, where the words were erased meanwhile or the head is not signed: the
    refusal is told elsewhere, and the signer's copy does not wait for its cause to be found.
    """
    kind, _dash, id = name.partition("-")
    record = receipts.find(receipts.Kind(kind), id)
    if record is None:
        return None
    try:
        if record.number >= log.covered():
            checkpoints.make()
        return f"{name}.tlog-proof", log.receipt(record).encode()
    except (checkpoints.Refused, log.TooYoung, log.Unprovable):
        return None
