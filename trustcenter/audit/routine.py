"""Periodic work on the log: signs a checkpoint every minute in which it grew, and mails the newest every hour."""

from django.conf import settings

from trustcenter.audit import checkpoints
from trustcenter.audit.changes import change
from trustcenter.audit.models import Checkpoint
from trustcenter.work import mail
from trustcenter.work.clock import every
from trustcenter.work.models import Mail


@every(60)
def sign_head() -> None:
    """Signs the log's head if it has grown. `make` has logged and recorded a refusal already."""
    try:
        checkpoints.make()
    except checkpoints.Refused:
        return


@every(3600)
def mail_checkpoint() -> None:
    """Sends the newest checkpoint to CHECKPOINT_MAIL, once for each checkpoint."""
    newest = Checkpoint.objects.order_by("-size").first()
    if not settings.CHECKPOINT_MAIL or newest is None:
        return
    attachments = [("checkpoint", str(newest.size))]
    with change(by=None) as mailed:
        if not Mail.objects.filter(
            to=settings.CHECKPOINT_MAIL, attachments=[list(one) for one in attachments]
        ).exists():
            mailed.mail(
                "checkpoint", to=settings.CHECKPOINT_MAIL, context={"checkpoint": newest}, attachments=attachments
            )


@mail.attaches("checkpoint")
def checkpoint(size: str) -> tuple[str, bytes]:
    """The checkpoint as a file for a mail."""
    found = Checkpoint.objects.get(size=int(size))
    return f"{found.size:012d}.checkpoint", found.note.encode()
