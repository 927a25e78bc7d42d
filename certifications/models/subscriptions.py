import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certifications.models.updates import IncidentEntry, Update
from trustcenter.accounts.fields import Address
from trustcenter.work.ids import new_id


def new_token() -> str:
    """What opens the page of a subscription: 192 bits from `secrets`."""
    return secrets.token_urlsafe(24)


class Rhythm(models.TextChoices):
    """When posts are mailed."""

    AT_ONCE = "at_once", _("At once, one e-mail for each post")
    WEEKLY = "weekly", _("Once a week, on Monday, all posts in one e-mail")


class SubscriptionRequest(models.Model):
    """What somebody asked for with an address, until the code in the mail proves it. The clock deletes the rest."""

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    address = Address(_("e-mail"))
    topics = models.JSONField(_("topics"))
    rhythm = models.CharField(_("how often"), max_length=7, choices=Rhythm)
    # In which the person read the form; mails come in it.
    language = models.CharField(max_length=10, blank=True)
    # A keyed digest of the code.
    digest = models.CharField(max_length=64)
    tries_left = models.PositiveSmallIntegerField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.address

    @property
    def is_usable(self) -> bool:
        return self.tries_left > 0 and self.expires_at > timezone.now()


class Subscription(models.Model):
    """An address that gets posts. It ends with its row: nothing is kept of it."""

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    address = Address(_("e-mail"), unique=True)
    token = models.CharField(max_length=32, unique=True, default=new_token, editable=False)
    rhythm = models.CharField(_("how often"), max_length=7, choices=Rhythm)
    language = models.CharField(max_length=10, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed"), default=timezone.now)
    # When the next digest is due. One that was waiting still comes after a change to mails at once, so no post is lost.
    due_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(rhythm="weekly") | Q(due_at__isnull=False),
                name="subscription_weekly_has_its_day",
            ),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def categories(self) -> list[str]:
        """What it is about, in the order of the form."""
        chosen = {topic.category for topic in self.topics.all()}
        return [category for category in Update.Category.values if category in chosen]


class SubscribedTopic(models.Model):
    """A category of posts that a subscription is about."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="topics")
    category = models.CharField(max_length=14, choices=Update.Category)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["subscription", "category"], name="subscribed_topic_once"),
        ]

    def __str__(self) -> str:
        return self.category


class Announcement(models.Model):
    """That subscribers are told about a post, or about an entry of its timeline: since when, and when all at once were."""

    update = models.ForeignKey(Update, on_delete=models.CASCADE, related_name="announcements")
    entry = models.OneToOneField(IncidentEntry, null=True, on_delete=models.CASCADE, related_name="announcement")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["update"], condition=Q(entry=None), name="announcement_one_of_a_post"),
        ]

    def __str__(self) -> str:
        return str(self.entry or self.update)


class SentAnnouncement(models.Model):
    """That a subscription was told. With it in the transaction of the mail, nobody is told the same twice."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="sent")
    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="sent")
    at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["subscription", "announcement"], name="announcement_sent_once"),
        ]

    def __str__(self) -> str:
        return f"{self.announcement_id} to {self.subscription_id}"
