from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trustcenter.audit.facts import Answering
from trustcenter.audit.text import digest
from trustcenter.web.fields import LineColumn


class Scope(models.TextChoices):
    """Whom an agreement covers."""

    PERSON = "person", _("one person")
    DOMAIN = "domain", _("everyone at a mail domain")
    COMPANY = "company", _("everyone at a company")

    def exceeds(self, widest: str) -> bool:
        """Whether it reaches further than another scope."""
        order = list(Scope)
        return order.index(self) > order.index(Scope(widest))


class Agreement(models.Model):
    """An agreement that documents require or that people sign by itself; any number of each kind."""

    class Kind(models.TextChoices):
        NDA = "nda", _("Non-disclosure agreement")
        BAA = "baa", _("Business associate agreement")
        DPA = "dpa", _("Data processing agreement")
        SCC = "scc", _("Standard contractual clauses")
        OWN = "own", _("Another agreement")

    # How addresses, levels and documents call it. It never changes.
    slug = models.SlugField(_("short name"), unique=True)
    kind = models.CharField(_("kind"), max_length=3, choices=Kind)
    title = LineColumn(_("title"), max_length=200)
    # One sentence for the public list.
    summary = LineColumn(_("what it is for"), max_length=300, blank=True)
    # The plans whose customers may sign it by itself, without a document; none for nobody.
    plans = models.JSONField(_("plans"), default=list, blank=True)
    # The policy: nothing under it reaches further. An approver confirms each scope that is wider than a person.
    widest = models.CharField(_("widest scope"), max_length=7, choices=Scope, default=Scope.COMPANY)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def named(self) -> dict[str, str]:
        """How a record names it where it is about no version."""
        return {"slug": self.slug, "title": self.title}

    def current_version(self, instant: datetime) -> "AgreementVersion | None":
        """The version in force at `instant`: the newest that has taken effect."""
        return self.versions.filter(effective_at__lte=instant).order_by("-number").first()


class AgreementVersion(Answering, models.Model):
    """An immutable, numbered text, with its digest and whether earlier signers must sign again."""

    class EarlierSigners(models.TextChoices):
        GRANDFATHER = "grandfather", _("Earlier signatures stay valid")
        NEXT_USE = "next_use", _("Sign again with the next request")
        NOW = "now", _("Sign again now; open documents close until then")

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    text = models.TextField(_("text"))
    # Of the exact UTF-8 bytes of `text`, lower-case hex.
    sha256 = models.CharField(max_length=64, editable=False)
    effective_at = models.DateTimeField(_("in force from"), default=timezone.now)
    earlier_signers = models.CharField(_("earlier signers"), max_length=12, choices=EarlierSigners)
    # Whom one signature is meant to cover. Anything wider than the signer is a proposal, which an approver confirms.
    covers = models.CharField(_("a signature covers"), max_length=7, choices=Scope, default=Scope.PERSON)
    # When those whom it stops were told, once.
    told_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["agreement", "-number"]
        permissions = [("publish_agreementversion", "Can publish agreements")]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="agreement_version_number_once"),
        ]

    def __str__(self) -> str:
        return _("%(title)s, version %(number)s") % {"title": self.agreement.title, "number": self.number}

    def facts(self) -> dict[str, Any]:
        return {
            "agreement": self.agreement_id,
            "number": self.number,
            "text": digest(self.text),
            "sha256": self.sha256,
            "effective_at": self.effective_at,
            "earlier_signers": self.earlier_signers,
            "covers": self.covers,
        }

    @property
    def slug(self) -> str:
        """How addresses and file names call it: `nda-2`."""
        return f"{self.agreement.slug}-{self.number}"

    @property
    def named(self) -> dict[str, str | int]:
        """How a record names it."""
        return {"slug": self.agreement.slug, "title": self.agreement.title, "version": self.number}
