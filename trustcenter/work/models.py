from django.db import models
from django.utils import timezone

from trustcenter.work.ids import new_id


class Mail(models.Model):
    """One logical mail, written in the transaction that caused it and handed over by a task at least once."""

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    # Stable over retries, so that a mailbox that gets it twice can show it once.
    message_id = models.CharField(max_length=200, unique=True)
    to = models.EmailField()
    subject = models.CharField(max_length=300)
    # Emptied after hand-over outside demo mode: it may hold a sign-in code.
    body = models.TextField()
    # What to attach, read at hand-over, in order: [kind, id] of kinds that somebody registered with `mail.attaches`.
    attachments = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"


class Routine(models.Model):
    """When something the clock does is due next. Of several workers, the one that moves the time forward does it."""

    name = models.CharField(primary_key=True, max_length=100)
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.due_at:%H:%M:%S}"
