"""The addresses and mail domains that approvers allow or block."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trustcenter.accounts.addresses import domain_of
from trustcenter.accounts.fields import Address, Domain
from trustcenter.audit.facts import Answering, Personal
from trustcenter.web.typed import validate_lines
from trustcenter.work.ids import new_id
from trustcenter.work.retention import Kept


class ListedQuerySet(models.QuerySet["Listed"]):
    def deciding_about(self, address: str) -> "Listed | None":
        """The entry that decides about an address, or None; one query."""
        return closest(self.about(address))

    def about(self, address: str) -> "ListedQuerySet":
        """The entries of which the `closest` decides about an address.

        These are the address itself, its domain, and blocked domains above it. Allowing a domain says nothing about the
        domains below it.
        """
        domain = domain_of(address)
        labels = domain.split(".")
        above = [".".join(labels[at:]) for at in range(1, len(labels))]
        near = Q(address=address) | Q(domain=domain) if domain else Q(address=address)
        return self.filter(near | Q(domain__in=above, verdict=Listed.Verdict.BLOCK))


def closest(entries: "Iterable[Listed]") -> "Listed | None":
    """The one that decides: an allowed address is allowed although its domain is blocked."""
    return max(entries, key=lambda one: (bool(one.address), len(one.domain)), default=None)


class Listed(Answering, models.Model):
    """One address or one mail domain that an approver allows or blocks, with the reason."""

    class Verdict(models.TextChoices):
        ALLOW = "allow", _("Allowed")
        BLOCK = "block", _("Blocked")

        @property
        def tone(self) -> str:
            return "good" if self is Listed.Verdict.ALLOW else "bad"

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    verdict = models.CharField(max_length=5, choices=Verdict)
    address = Address(blank=True)
    domain = Domain(max_length=253, blank=True)
    # For a block, the requester reads it.
    reason = models.TextField(validators=[validate_lines])
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    # When somebody last said that it is still needed. An address is personal data: without that, the clock removes it.
    reviewed_at = models.DateTimeField(default=timezone.now)
    # When approvers were told that the clock will remove it, until somebody says that it is needed.
    warned_at = models.DateTimeField(null=True)

    objects = ListedQuerySet.as_manager()
    moving: ClassVar[frozenset[str]] = frozenset({"reviewed_at"})

    class Meta:
        ordering = ["-added_at"]
        verbose_name = _("listed address or domain")
        verbose_name_plural = _("listed addresses and domains")
        permissions = [("manage_listed", "Can allow and block addresses, domains and companies")]
        constraints = [
            models.CheckConstraint(
                condition=(Q(address="") & ~Q(domain="")) | (~Q(address="") & Q(domain="")),
                name="listed_is_an_address_or_a_domain",
            ),
            models.UniqueConstraint(fields=["address"], condition=~Q(address=""), name="listed_address_once"),
            models.UniqueConstraint(fields=["domain"], condition=~Q(domain=""), name="listed_domain_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="listed_has_a_reason"),
            models.CheckConstraint(condition=Q(verdict__in=["allow", "block"]), name="listed_allows_or_blocks"),
        ]

    def __str__(self) -> str:
        return self.entry

    def facts(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "address": Personal(self.address),
            "domain": self.domain,
            "reason": Personal(self.reason),
            "added_by": self.added_by_id,
            "added_at": self.added_at,
            "reviewed_at": self.reviewed_at,
        }

    @property
    def entry(self) -> str:
        """The address or the domain."""
        return self.address or self.domain

    @property
    def ends_at(self) -> datetime | None:
        """When the clock removes it. A mail domain names no person, so it stays until somebody removes it."""
        return self.reviewed_at + timedelta(days=Kept.LISTED.days) if self.address else None

    @property
    def is_allowed_address(self) -> bool:
        return bool(self.address) and self.verdict == Listed.Verdict.ALLOW

    @property
    def tone(self) -> str:
        return Listed.Verdict(self.verdict).tone
