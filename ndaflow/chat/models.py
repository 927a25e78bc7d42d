"""The chat channels in which approvers are told about requests."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trustcenter.work.ids import new_id


class ChatChannel(models.Model):
    """An address that takes a message for a channel. The address is a secret: with it, anybody can write there."""

    class Kind(models.TextChoices):
        SLACK = "slack", _("Slack")
        TEAMS = "teams", _("Microsoft Teams")
        WEBHOOK = "webhook", _("Another webhook")

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    kind = models.CharField(_("kind"), max_length=7, choices=Kind)
    # Encrypted, see `secret`; only its host is shown.
    address = models.TextField(editable=False)
    host = models.CharField(max_length=253, editable=False)
    names_people = models.BooleanField(_("name the person and the company"), default=False)
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["added_at"]
        permissions = [("manage_chatchannel", "Can add and remove chat channels")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.host})"

    @staticmethod
    def host_of(address: str) -> str:
        return urlsplit(address).hostname or ""
