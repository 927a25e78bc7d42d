from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from trustcenter.accounts.fields import Address
from trustcenter.work.ids import new_id


class Follower(models.Model):
    """A colleague who gets the requester's mails about a request too, once they have agreed from their own mailbox."""

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    request = models.ForeignKey("ndaflow.AccessRequest", on_delete=models.CASCADE, related_name="followers")
    email = Address()
    invited_at = models.DateTimeField(default=timezone.now)
    # The person who agreed. Until then they get one invitation and nothing else.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["invited_at"]
        constraints = [
            models.UniqueConstraint(fields=["request", "email"], condition=Q(ended_at=None), name="follower_once"),
            models.CheckConstraint(
                condition=Q(person=None, agreed_at=None) | Q(person__isnull=False, agreed_at__isnull=False),
                name="follower_agreed_in_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} of {self.request_id}"
