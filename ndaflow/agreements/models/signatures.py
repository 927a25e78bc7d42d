from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ndaflow.agreements.models.agreements import Agreement, AgreementVersion, Scope
from trustcenter.audit.facts import Answering, Personal
from trustcenter.audit.text import digest
from trustcenter.vault.models import StoredFile
from trustcenter.web.fields import LineColumn
from trustcenter.work.ids import new_id


class Signature(Answering, models.Model):
    """A person's assent to an exact text, with evidence taken on the server.

    Rows are added and never changed, except for the instant at which a newer signature replaced them.
    """

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="signatures")
    version = models.ForeignKey(AgreementVersion, on_delete=models.PROTECT, related_name="signatures")
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signatures")
    # None where the agreement was signed by itself.
    request = models.ForeignKey("ndaflow.AccessRequest", null=True, on_delete=models.PROTECT, related_name="signatures")
    # Whom it is meant to cover, as its version said. `Coverage` says whom it covers.
    scope = models.CharField(max_length=7, choices=Scope, default=Scope.PERSON)
    # The exact JSON of `signing.evidence` and its digest: everything the signer saw and typed.
    evidence = models.TextField()
    evidence_sha256 = models.CharField(max_length=64)
    typed_name = LineColumn(max_length=150)
    title = LineColumn(max_length=150)
    entity = LineColumn(max_length=200)
    signed_at = models.DateTimeField(default=timezone.now)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-signed_at"]
        constraints = [
            # A double click, two tabs or ten POSTs at once create one signature.
            models.UniqueConstraint(
                fields=["signer", "agreement"], condition=Q(superseded_at=None), name="signature_one_live"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.typed_name}, {self.version}"

    @property
    def subject(self) -> str:
        """The subject of its record: the request, or the signature itself without one."""
        return f"accessrequest:{self.request_id}" if self.request_id else f"signature:{self.pk}"

    def facts(self) -> dict[str, Any]:
        return {
            "agreement": self.agreement_id,
            "version": self.version_id,
            "signer": self.signer_id,
            "request": self.request_id,
            "scope": self.scope,
            # Of the stored evidence, and as recorded in the row.
            "evidence": digest(self.evidence),
            "evidence_sha256": self.evidence_sha256,
            "names": Personal("\n".join([self.typed_name, self.title, self.entity])),
            "signed_at": self.signed_at,
            "superseded_at": self.superseded_at,
        }


class SealCertificate(Answering, models.Model):
    """A certificate that the seal has used. It stays published, so that old copies can be checked."""

    # SHA-256 of the DER bytes, lower-case hex.
    fingerprint = models.CharField(primary_key=True, max_length=64)
    # The seal's own certificate first, its issuers after it.
    pem = models.TextField()
    subject = models.CharField(max_length=300)
    not_after = models.DateTimeField()
    in_use_since = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-in_use_since"]

    def __str__(self) -> str:
        return self.subject

    def facts(self) -> dict[str, Any]:
        return {"pem": digest(self.pem)}


class SignedCopy(Answering, models.Model):
    """The sealed PDF of one signature, in the vault."""

    class Level(models.TextChoices):
        """PAdES baseline levels (ETSI EN 319 142-1)."""

        B_B = "B-B", _("sealed by us, time from our own clock")
        B_T = "B-T", _("sealed by us, with a timestamp from an authority")

    signature = models.OneToOneField(Signature, primary_key=True, on_delete=models.PROTECT, related_name="copy")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    # Of the sealed PDF that the signer received.
    sha256 = models.CharField(max_length=64, unique=True)
    level = models.CharField(max_length=3, choices=Level)
    certificate = models.ForeignKey(SealCertificate, on_delete=models.PROTECT, related_name="copies")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = _("signed copies")
        constraints = [models.CheckConstraint(condition=Q(level__in=["B-B", "B-T"]), name="signed_copy_level")]

    def __str__(self) -> str:
        return f"copy of {self.signature_id}"

    def facts(self) -> dict[str, Any]:
        return {"sha256": self.sha256, "level": self.level, "certificate": self.certificate_id}
