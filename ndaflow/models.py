"""The models of every room, where Django looks for them."""

from ndaflow.agreements.models import (
    Agreement,
    AgreementVersion,
    Coverage,
    DeclinedScope,
    EndReminder,
    SealCertificate,
    Signature,
    SignedCopy,
)
from ndaflow.agreements.papers.models import CountersignedPaper, Paper
from ndaflow.chat.models import ChatChannel
from ndaflow.desk.companies.models import CompanyMerge
from ndaflow.desk.review.models import Review, ReviewedGrant
from ndaflow.duty.models import Absence, NewRequestMail, Office
from ndaflow.invitations.models import Invitation, InvitedDocument, ProspectMails, ReadingsTold
from ndaflow.objections.models import Objection
from ndaflow.privacy.models import Erasure, Export
from ndaflow.requests.copies.models import DestructionRequest
from ndaflow.requests.following.models import Follower
from ndaflow.requests.models import AccessRequest, Decision, Question, RequestedDocument, RequestStatus
from ndaflow.requests.sharing.models import ShareLink
from ndaflow.rules.models import RuleControl, RuleDraft, RuleVersion

__all__ = [
    "Absence",
    "AccessRequest",
    "Agreement",
    "AgreementVersion",
    "ChatChannel",
    "CompanyMerge",
    "CountersignedPaper",
    "Coverage",
    "Decision",
    "DeclinedScope",
    "DestructionRequest",
    "EndReminder",
    "Erasure",
    "Export",
    "Follower",
    "Invitation",
    "InvitedDocument",
    "NewRequestMail",
    "Objection",
    "Office",
    "Paper",
    "ProspectMails",
    "Question",
    "ReadingsTold",
    "RequestStatus",
    "RequestedDocument",
    "Review",
    "ReviewedGrant",
    "RuleControl",
    "RuleDraft",
    "RuleVersion",
    "SealCertificate",
    "ShareLink",
    "Signature",
    "SignedCopy",
]
