from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ndaflow.agreements.models.agreements import Agreement, AgreementVersion, Scope
from ndaflow.agreements.models.signatures import Signature
from trustcenter.accounts.fields import Domain
from trustcenter.accounts.models import Company
from trustcenter.audit.facts import Answering, Personal
from trustcenter.web.typed import validate_lines
from trustcenter.work.ids import new_id

LONGEST_REASON = 2000


class Coverage(Answering, models.Model):
    """The fact that an agreement covers a person, a mail domain or a company, from one instant until another.

    The gate and the door read it, and nothing else. Only `ndaflow.agreements.coverage` writes it. A row never changes,
    except for its end.
    """

    class End(models.TextChoices):
        REPLACED = "replaced", _("Replaced by a newer signature")
        EXPIRED = "expired", _("Expired")
        ENDED = "ended", _("Ended by a person")

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="coverage")
    # The text that was agreed to; empty for a text that is not ours.
    version = models.ForeignKey(AgreementVersion, null=True, on_delete=models.PROTECT, related_name="coverage")
    scope = models.CharField(_("covers"), max_length=7, choices=Scope)
    # Exactly one of the three.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="coverage")
    # It reaches the people of a domain while the domain belongs to a confirmed company.
    domain = Domain(max_length=253, blank=True, db_index=True)
    company = models.ForeignKey(Company, null=True, on_delete=models.PROTECT, related_name="coverage")
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True)
    # What it rests on: exactly one of the two.
    signature = models.ForeignKey(Signature, null=True, on_delete=models.PROTECT, related_name="coverage")
    paper = models.ForeignKey("ndaflow.Paper", null=True, on_delete=models.PROTECT, related_name="coverage")
    # Who confirmed that it covers more than one person.
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    # When and how it ended. A person who ends it gives a reason, which the readers see.
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=8, choices=End, blank=True)
    end_reason = models.TextField(max_length=LONGEST_REASON, blank=True, validators=[validate_lines])

    # Two companies that turn out to be one become one.
    moving: ClassVar[frozenset[str]] = frozenset({"company"})

    class Meta:
        ordering = ["-starts_at"]
        verbose_name_plural = _("coverage")
        permissions = [
            ("confirm_coverage", "Can confirm that a signature covers a company"),
            ("end_coverage", "Can end coverage"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="person", person__isnull=False, domain="", company=None)
                | (Q(scope="domain", person=None, company=None) & ~Q(domain=""))
                | Q(scope="company", person=None, domain="", company__isnull=False),
                name="coverage_reaches_one_of_three",
            ),
            # A signature is under one of our versions; a paper has its own text.
            models.CheckConstraint(
                condition=Q(signature__isnull=False, version__isnull=False, paper=None)
                | Q(paper__isnull=False, signature=None, version=None),
                name="coverage_has_one_cause",
            ),
            models.CheckConstraint(
                condition=Q(scope="person", confirmed_by=None, confirmed_at=None)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="coverage_wider_is_confirmed_by_a_person",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="coverage_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, end="", end_reason="")
                | Q(ended_at__isnull=False, end__in=["replaced", "expired"], end_reason="")
                | (Q(ended_at__isnull=False, end="ended") & ~Q(end_reason="")),
                name="coverage_end_has_a_reason",
            ),
            # With two, ending one would leave the person covered.
            models.UniqueConstraint(
                fields=["agreement", "person"],
                condition=Q(ended_at=None, signature__isnull=False),
                name="coverage_one_live_of_a_signer",
            ),
            # Two approvers, or a double click, confirm a signature or a paper once.
            models.UniqueConstraint(
                fields=["signature"], condition=~Q(scope="person"), name="coverage_signature_confirmed_once"
            ),
            models.UniqueConstraint(
                fields=["paper"], condition=~Q(scope="person"), name="coverage_paper_confirmed_once"
            ),
            models.UniqueConstraint(fields=["paper"], condition=Q(scope="person"), name="coverage_paper_person_once"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} for {self.reach}"

    def facts(self) -> dict[str, Any]:
        return {
            "agreement": self.agreement_id,
            "version": self.version_id,
            "scope": self.scope,
            "person": self.person_id,
            "domain": self.domain,
            "company": self.company_id,
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "signature": self.signature_id,
            "paper": self.paper_id,
            "confirmed_by": self.confirmed_by_id,
            "confirmed_at": self.confirmed_at,
            "ended_at": self.ended_at,
            "end": self.end,
            "end_reason": Personal(self.end_reason),
        }

    @property
    def reach(self) -> str:
        """Whom it covers, in words. Lists select `person` and `company` with it."""
        if self.person:
            return str(self.person)
        if self.company:
            return gettext("Everyone at %(company)s") % {"company": self.company.legal_name}
        return gettext("Everyone with an address at %(domain)s") % {"domain": self.domain}


class DeclinedScope(Answering, models.Model):
    """That an approver declined to let a signature or a paper cover more than one person, and why.

    What it covers already stays. An approver may still confirm it later.
    """

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    # Exactly one of the two.
    signature = models.OneToOneField(Signature, null=True, on_delete=models.PROTECT, related_name="declined_scope")
    paper = models.OneToOneField("ndaflow.Paper", null=True, on_delete=models.PROTECT, related_name="declined_scope")
    # The person who signed, uploaded or filed it reads it.
    reason = models.TextField(max_length=LONGEST_REASON, validators=[validate_lines])
    declined_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    declined_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(signature__isnull=False, paper=None) | Q(signature=None, paper__isnull=False),
                name="declined_scope_of_one_cause",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="declined_scope_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"declined scope of {self.signature_id or self.paper_id}"

    def facts(self) -> dict[str, Any]:
        return {
            "signature": self.signature_id,
            "paper": self.paper_id,
            "reason": Personal(self.reason),
            "declined_by": self.declined_by_id,
            "declined_at": self.declined_at,
        }


class EndReminder(models.Model):
    """That people were told so many days ahead that a coverage ends, once."""

    coverage = models.ForeignKey(Coverage, on_delete=models.CASCADE, related_name="reminders")
    days = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["coverage", "days"], name="end_reminder_once")]

    def __str__(self) -> str:
        return f"{self.days} days before {self.coverage_id} ends"
