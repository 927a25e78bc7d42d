"""Requests, their documents, and what was decided and asked about them."""

from ndaflow.requests.models.decisions import Because, Decision
from ndaflow.requests.models.questions import Question
from ndaflow.requests.models.requested_documents import RequestedDocument
from ndaflow.requests.models.requests import LONGEST_TEXT, AccessRequest, RequestStatus

__all__ = [
    "LONGEST_TEXT",
    "AccessRequest",
    "Because",
    "Decision",
    "Question",
    "RequestStatus",
    "RequestedDocument",
]
