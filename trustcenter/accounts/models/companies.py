"""Companies: who they are, what our staff notes about them, and what an approver has decided."""

import unicodedata
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trustcenter.accounts.fields import Domain
from trustcenter.accounts.lookalikes import skeleton
from trustcenter.audit.facts import Answering, Personal
from trustcenter.web.fields import LineColumn
from trustcenter.web.typed import validate_lines
from trustcenter.work.ids import new_id

LONGEST_NOTE = 2000
# What says how a company is organised and not which one it is.
FORMS = frozenset(
    [
        *("ag", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "limited", "llc", "ltd"),
        *("nv", "plc", "pty", "sa", "sarl", "sas", "se", "the"),
    ]
)


def comparable(name: str) -> str:
    """The name as it is compared with others: without case, accents, punctuation and legal form."""
    text = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(one if one.isalnum() else " " for one in text if unicodedata.category(one)[0] != "M")
    words = kept.split()
    return " ".join(word for word in words if word not in FORMS) or " ".join(words)


class CompanyQuerySet(models.QuerySet["Company"]):
    def current(self) -> "CompanyQuerySet":
        """The companies that were not merged into another one."""
        return self.filter(merged_into=None)

    def lock(self) -> "list[Company]":
        """Locks these companies until commit, always in the same order, so that two transactions cannot deadlock."""
        return list(self.order_by("pk").select_for_update(of=("self",), no_key=True))


class Company(Answering, models.Model):
    """A customer or prospect, recognised by the mail domains that its people have proven.

    Its name is what the first of them stated, until a person confirms it. A company that was merged into another one
    stays as a row without people and domains, because records and signatures name it.
    """

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    legal_name = LineColumn(_("legal name"), max_length=200)
    # See `comparable`.
    comparable_name = models.CharField(max_length=200, db_index=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("confirmed by"),
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    is_customer = models.BooleanField(_("customer"), default=False)
    plan = LineColumn(_("plan"), max_length=100, blank=True)
    # The colleague in sales who looks after it.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="owned_companies",
    )
    crm_id = LineColumn(_("CRM ID"), max_length=100, blank=True)
    # While it is blocked, new requests of its people are denied with this reason, which they read.
    blocked_at = models.DateTimeField(null=True, editable=False)
    blocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    blocked_reason = models.TextField(blank=True, editable=False, validators=[validate_lines])
    merged_into = models.ForeignKey(
        "self", null=True, editable=False, on_delete=models.PROTECT, related_name="merged_from"
    )

    objects = CompanyQuerySet.as_manager()
    moving: ClassVar[frozenset[str]] = frozenset(
        {
            *("confirmed_at", "confirmed_by", "domains", "is_customer", "plan"),
            *("blocked_at", "blocked_by", "blocked_reason", "merged_into"),
        }
    )

    class Meta:
        verbose_name_plural = _("companies")
        permissions = [
            ("confirm_company", "Can confirm, correct and merge companies and move their domains"),
            ("annotate_company", "Can edit the notes, owner, plan and CRM ID of a company"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="company_confirmed_by_a_person",
            ),
            models.CheckConstraint(
                condition=Q(blocked_at=None, blocked_by=None, blocked_reason="")
                | (Q(blocked_at__isnull=False, blocked_by__isnull=False) & ~Q(blocked_reason="")),
                name="company_blocked_by_a_person_with_a_reason",
            ),
            models.CheckConstraint(condition=~Q(merged_into=models.F("id")), name="company_not_merged_into_itself"),
        ]

    def __str__(self) -> str:
        return self.legal_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.comparable_name = comparable(self.legal_name)[:200]
        if (fields := kwargs.get("update_fields")) is not None and "legal_name" in fields:
            kwargs["update_fields"] = {*fields, "comparable_name"}
        super().save(*args, **kwargs)

    def facts(self) -> dict[str, Any]:
        return {
            "name": Personal(self.legal_name),
            "domains": sorted(domain.domain for domain in self.domains.all()),
            "confirmed_at": self.confirmed_at,
            "confirmed_by": self.confirmed_by_id,
            "is_customer": self.is_customer,
            "plan": Personal(self.plan),
            "blocked_at": self.blocked_at,
            "blocked_by": self.blocked_by_id,
            "blocked_reason": Personal(self.blocked_reason),
            "merged_into": self.merged_into_id,
        }

    @classmethod
    def answering(cls) -> "models.QuerySet[Company]":
        return cls.objects.prefetch_related("domains")

    @property
    def is_blocked(self) -> bool:
        return self.blocked_at is not None


class CompanyDomain(models.Model):
    """A mail domain of one company, proven by the first person who entered a code sent there."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="domains")
    domain = Domain(max_length=253, unique=True)
    # The same for domains that look alike; see `lookalikes`.
    skeleton = models.CharField(max_length=253, db_index=True, editable=False)
    verified_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(domain=Lower("domain")), name="company_domain_lower_case"),
            models.CheckConstraint(condition=~models.Q(domain=""), name="company_domain_is_not_empty"),
        ]

    def __str__(self) -> str:
        return self.domain

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.skeleton = skeleton(self.domain)
        super().save(*args, **kwargs)


class CompanyNote(models.Model):
    """What a colleague wrote about a company. Only staff read it; it is part of the data held about the company."""

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="notes")
    text = models.TextField(max_length=LONGEST_NOTE, validators=[validate_lines])
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-written_at"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="company_note_has_text")]

    def __str__(self) -> str:
        return self.text[:60]


class ToldApart(models.Model):
    """Two companies that look alike and of which a person said that they are two."""

    one = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="told_apart_once"),
            # One row for a pair, whichever page it was said on.
            models.CheckConstraint(condition=Q(one__lt=models.F("other")), name="told_apart_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} is not {self.other_id}"
