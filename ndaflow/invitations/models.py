from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from documents.models import Document
from ndaflow.requests.models import RequestedDocument
from trustcenter.accounts.addresses import domain_of
from trustcenter.accounts.fields import Address, Domain
from trustcenter.audit.facts import Answering, Personal
from trustcenter.web.fields import LineColumn
from trustcenter.web.typed import named, validate_lines
from trustcenter.work.ids import new_id

LONGEST_NOTE = 300
# So many mails with one invitation, the first one too.
MOST_MAILS = 3


class InvitationState(models.TextChoices):
    """How an invitation stands. Only `successors` says which state may follow which."""

    SENT = "sent", _("Sent")
    USED = "used", _("Used")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")

    @property
    def successors(self) -> "frozenset[InvitationState]":
        state = InvitationState
        match self:
            case state.SENT:
                return frozenset({state.USED, state.WITHDRAWN, state.EXPIRED})
            case state.USED:
                return frozenset({state.WITHDRAWN})
            case _:
                return frozenset()

    @property
    def tone(self) -> str:
        match self:
            case InvitationState.USED:
                return "good"
            case InvitationState.SENT:
                return "wait"
            case _:
                return "none"


class Invitation(Answering, models.Model):
    """One person whom a colleague in sales invites to documents. It opens nothing: a rule or a person decides."""

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    state = models.CharField(max_length=9, choices=InvitationState, default=InvitationState.SENT)
    # It counts for the owner of exactly this address.
    email = Address(_("e-mail"))
    # Of the address, so that the page of a company finds it.
    domain = Domain(max_length=253, blank=True, db_index=True)
    name = LineColumn(_("name"), max_length=150, blank=True)
    company_name = LineColumn(_("company"), max_length=200)
    documents = models.ManyToManyField(Document, through="InvitedDocument", related_name="+")
    # Identifies the set of documents; see `flows.set_of`.
    document_set = models.CharField(max_length=64, editable=False)
    # For how many days its documents open at most.
    days = models.PositiveSmallIntegerField(_("open for"))
    note = models.TextField(_("your words"), max_length=LONGEST_NOTE, blank=True, validators=[validate_lines])
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="invitations")
    invited_at = models.DateTimeField(default=timezone.now)
    # How many mails the person got with it, and when the newest one.
    mails = models.PositiveSmallIntegerField(default=1)
    mailed_at = models.DateTimeField(default=timezone.now)
    # Until when it can be used.
    ends_at = models.DateTimeField()
    # When the person first asked for one of its documents, and when it was withdrawn or expired.
    used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    moving: ClassVar[frozenset[str]] = frozenset({"state", "used_at", "ended_at", "items", "mails"})

    class Meta:
        ordering = ["-invited_at"]
        indexes = [models.Index(fields=["invited_by", "state"], name="invitation_of_a_colleague")]
        permissions = [
            ("send_invitation", "Can invite people to documents"),
            ("manage_invitation", "Can withdraw the invitations of colleagues"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["email", "document_set"], condition=Q(state="sent"), name="invitation_one_waits"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["sent", "expired"], used_at=None)
                | Q(state="used", used_at__isnull=False)
                | Q(state="withdrawn"),
                name="invitation_used_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["sent", "used"], ended_at=None)
                | Q(state__in=["withdrawn", "expired"], ended_at__isnull=False),
                name="invitation_ended_has_its_time",
            ),
            models.CheckConstraint(condition=Q(mails__range=[1, MOST_MAILS]), name="invitation_mails_are_few"),
            models.CheckConstraint(condition=Q(days__gte=1), name="invitation_opens_for_a_day_at_least"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("invited_at")), name="invitation_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return named(self.name, self.email)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.domain = domain_of(self.email)
        super().save(*args, **kwargs)

    def facts(self) -> dict[str, Any]:
        invited = list(self.invited.all())
        return {
            "state": self.state,
            "email": Personal(self.email),
            "documents": sorted(one.document_id for one in invited),
            "items": sorted(one.item_id for one in invited if one.item_id is not None),
            "days": self.days,
            "invited_by": self.invited_by_id,
            "invited_at": self.invited_at,
            "ends_at": self.ends_at,
            "mails": self.mails,
            "used_at": self.used_at,
            "ended_at": self.ended_at,
        }

    @classmethod
    def answering(cls) -> "models.QuerySet[Invitation]":
        return cls.objects.prefetch_related("invited")

    @property
    def tone(self) -> str:
        return InvitationState(self.state).tone

    @property
    def can_be_withdrawn(self) -> bool:
        return InvitationState.WITHDRAWN in InvitationState(self.state).successors

    @property
    def can_be_sent_again(self) -> bool:
        """Whether another mail may go out, tomorrow if not today."""
        return self.state == InvitationState.SENT and self.mails < MOST_MAILS

    def can_be_used_at(self, instant: datetime) -> bool:
        """Whether the person may still ask for what it names. The clock decides, not the state."""
        return self.state in {InvitationState.SENT, InvitationState.USED} and instant < self.ends_at


class InvitedDocument(models.Model):
    """One document of an invitation, and the requested document for which it counts, once there is one."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="invited")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    item = models.OneToOneField(RequestedDocument, null=True, on_delete=models.PROTECT, related_name="invited")

    class Meta:
        ordering = ["document__position", "document__slug"]
        constraints = [
            models.UniqueConstraint(fields=["invitation", "document"], name="invited_document_once"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} of {self.invitation_id}"


class ProspectMails(models.Model):
    """Which mails about their prospects a colleague in sales wants. Without a row, all of them."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="prospect_mails")
    asks = models.BooleanField(default=True)
    opens = models.BooleanField(default=True)
    reads = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.person_id


class ReadingsTold(models.Model):
    """Until when colleagues were told who has read something for the first time. There is one row, or none yet."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="readings_told_is_one_row")]

    def __str__(self) -> str:
        return self.until.isoformat()
