from django.db import models
from django.utils import timezone

from trustcenter.work.ids import new_id


class Mail(models.Model):
    """A mail, written in the transaction that caused it and handed to the mail server by a task, at least once."""

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    # The same for every attempt, so that a mailbox that gets the mail twice can show it once.
    message_id = models.CharField(max_length=200, unique=True)
    to = models.EmailField()
    subject = models.CharField(max_length=300)
    # Outside demo mode it is emptied after sending, because it may contain a sign-in code.
    body = models.TextField()
    # The attachments in order, as [kind, id], for kinds registered with `mail.attaches`. They are read when it is sent.
    attachments = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"


class Routine(models.Model):
    """When a periodic function is due next. Of several workers, the one that moves the time forward runs it."""

    name = models.CharField(primary_key=True, max_length=100)
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.due_at:%H:%M:%S}"
