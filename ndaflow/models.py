"""The models of every room, where Django looks for them."""

from ndaflow.agreements.models import Agreement, AgreementVersion, SealCertificate, Signature, SignedCopy
from ndaflow.agreements.papers.models import CountersignedPaper, Paper
from ndaflow.requests.models import AccessRequest, Decision, Question, RequestedDocument, RequestStatus

__all__ = [
    "AccessRequest",
    "Agreement",
    "AgreementVersion",
    "CountersignedPaper",
    "Decision",
    "Paper",
    "Question",
    "RequestStatus",
    "RequestedDocument",
    "SealCertificate",
    "Signature",
    "SignedCopy",
]
