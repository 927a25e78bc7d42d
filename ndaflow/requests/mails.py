"""The attachments of this room's mails. The worker reads them when it sends a mail."""

from ndaflow.requests import receipts
from trustcenter.audit import checkpoints
from trustcenter.audit import receipts as log
from trustcenter.work import mail


@mail.attaches("receipt")
def receipt(name: str) -> tuple[str, bytes] | None:
    """A receipt by kind and id. Signs the log's head at once if no checkpoint covers the record yet.

    None, so that the mail is sent without it, if the detail was erased meanwhile or the head cannot be signed. That is
    reported elsewhere, and the signer's copy does not wait for it.
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
