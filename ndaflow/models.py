"""The models of every room, where Django looks for them."""

from ndaflow.agreements.models import Agreement, AgreementVersion, SealCertificate, Signature, SignedCopy
from ndaflow.requests.models import AccessRequest, Decision, Question, RequestedDocument, RequestStatus

__all__ = [
    "AccessRequest",
    "Agreement",
    "AgreementVersion",
    "Decision",
    "Question",
    "RequestStatus",
    "RequestedDocument",
    "SealCertificate",
    "Signature",
    "SignedCopy",
]
