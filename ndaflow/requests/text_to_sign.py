"""The exact text that a requester signs through a request."""

from datetime import datetime

from ndaflow.agreements import filled
from ndaflow.agreements.filled import Filled
from ndaflow.agreements.models import AgreementVersion
from ndaflow.requests.models import AccessRequest


def text_to_sign(request: AccessRequest, version: AgreementVersion, at: datetime) -> Filled:
    """The version with its fields filled from what the requester stated and the address that they proved."""
    return filled.for_signer(version, company=request.company_name, signer=request.name, email=request.email, at=at)
