"""Agreements and their versions, who signed them, and whom they cover."""

from ndaflow.agreements.models.agreements import Agreement, AgreementVersion, Scope
from ndaflow.agreements.models.coverage import Coverage, DeclinedScope, EndReminder
from ndaflow.agreements.models.signatures import SealCertificate, Signature, SignedCopy

__all__ = [
    "Agreement",
    "AgreementVersion",
    "Coverage",
    "DeclinedScope",
    "EndReminder",
    "Scope",
    "SealCertificate",
    "Signature",
    "SignedCopy",
]
