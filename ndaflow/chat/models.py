"""The chat channels in which approvers are told about requests, and sales about prospects."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words
from trustcenter.work.ids import new_id


class ChatChannel(models.Model):
    """An address that takes a message for a channel. The address is a secret: with it, anybody can write there."""

    class Kind(models.TextChoices):
        SLACK = "slack", _("Slack")
        TEAMS = "teams", _("Microsoft Teams")
        WEBHOOK = "webhook", _("Another webhook")

    class About(models.TextChoices):
        """What a channel is told about. A company that wants both in one place adds its address twice."""

        REQUESTS = "requests", _("Requests, for approvers")
        PROSPECTS = "prospects", _("Prospects, for sales")

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    kind = models.CharField(_("kind"), max_length=7, choices=Kind)
    about = models.CharField(_("told about"), max_length=9, choices=About, default=About.REQUESTS)
    # Encrypted; only its host is shown.
    address = models.TextField(editable=False)
    host = models.CharField(max_length=253, editable=False)
    names_people = models.BooleanField(_("name the person and the company"), default=False)
    # What became of the newest message, for the page.
    sent_at = models.DateTimeField(null=True, editable=False)
    failed_at = models.DateTimeField(null=True, editable=False)
    failure = models.CharField(max_length=200, blank=True, editable=False)
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["added_at"]
        permissions = [("manage_chatchannel", "Can add and remove chat channels")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.host})"

    @property
    def is_failing(self) -> bool:
        """Whether the newest message did not arrive."""
        return self.failed_at is not None and (self.sent_at is None or self.sent_at < self.failed_at)


words.register("channel", dict(ChatChannel.Kind.choices))
words.register("tells", dict(ChatChannel.About.choices))
words.register("names_people", words.YES_OR_NO)
