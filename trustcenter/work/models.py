from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trustcenter.work.ids import new_id
from trustcenter.work.lanes import Lane


class Mail(models.Model):
    """A mail, written in the transaction that caused it and handed to the mail server by a task, at least once."""

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    # The same for every attempt, so that a mailbox that gets the mail twice can show it once.
    message_id = models.CharField(max_length=200, unique=True)
    to = models.EmailField()
    # Who gets the answer; empty for the contact of the footer.
    reply_to = models.EmailField(blank=True)
    # The page on which one click ends mails of this kind (RFC 8058); empty for mail that nobody subscribed to.
    unsubscribe = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=300)
    # Outside demo mode it is emptied after sending, because it may contain a sign-in code.
    body = models.TextField()
    # The attachments in order, as [kind, id], for kinds registered with `mail.attaches`. They are read when it is sent.
    attachments = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    # After this time the mail is worthless and is not sent: the code in it no longer works.
    expires_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    language = models.CharField(max_length=10, default="en")

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


class Task(models.Model):
    """One call of a background function, written in the transaction that needs it. `queue` moves it between states."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        # Waits for a person.
        FAILED = "failed", _("Failed")
        DISMISSED = "dismissed", _("Dismissed")

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    # The function's module and name.
    path = models.CharField(max_length=200)
    arguments = models.JSONField(default=list)
    lane = models.CharField(max_length=16, choices=[(lane.value, lane.value) for lane in Lane])
    # In one lane, a higher number runs first.
    priority = models.SmallIntegerField(default=0)
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    queued_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # How many runs ended with an error, and how many never ended because their worker died.
    tries = models.PositiveSmallIntegerField(default=0)
    losses = models.PositiveSmallIntegerField(default=0)
    # Who runs it, and until when that is to be believed; the worker moves the time forward while it lives.
    worker = models.CharField(max_length=16, blank=True)
    leased_until = models.DateTimeField(null=True)
    # The traceback of the last error.
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-queued_at", "-id"]
        indexes = [
            models.Index(fields=["lane", "-priority", "due_at"], name="task_waiting", condition=Q(state="waiting")),
            models.Index(fields=["state", "ended_at"], name="task_ended", condition=~Q(state="waiting")),
            models.Index(fields=["path"], name="task_path"),
        ]
        constraints = [
            # A running task without a lease would run for ever once its worker is dead.
            models.CheckConstraint(
                condition=~Q(state="running") | (Q(leased_until__isnull=False) & ~Q(worker="")), name="task_leased"
            )
        ]
        permissions = [("manage_task", "Can start failed background work again, and dismiss it")]

    def __str__(self) -> str:
        return f"{self.path}({', '.join(map(repr, self.arguments))})"

    def reason(self) -> str:
        """The last line of the traceback without the exception's name. For staff: it may name hosts and files."""
        last = self.error.strip().rpartition("\n")[2]
        return last.partition(": ")[2] or last
