"""The requester signs an agreement that the documents need."""

from ndaflow.agreements import coverage, signing
from ndaflow.agreements.assent import give
from ndaflow.agreements.models import Agreement, Signature
from ndaflow.requests import gates
from ndaflow.requests.flows import covered
from ndaflow.requests.flows.step import items_of, must_be_requester, step
from ndaflow.requests.models import AccessRequest, RequestStatus
from ndaflow.requests.refusals import Refusal, Step
from ndaflow.requests.text_to_sign import text_to_sign
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError


def sign(
    request: AccessRequest,
    *,
    by: User,
    slug: str,
    version_number: int,
    text_sha256: str,
    assent: signing.Assent,
    circumstances: signing.Circumstances,
) -> Signature:
    """Signs the agreement `slug` for the requester, if its text in force is still the one that they were shown."""
    was = [RequestStatus.OPEN, RequestStatus.GRANTED]
    with step(request, Step.SIGN, was=was, by=by, opens=True, covers=True) as (change, request):
        must_be_requester(request, by)
        if slug not in gates.required(items_of(request)):
            raise FlowError(Refusal.NOT_NEEDED)
        agreement = Agreement.objects.filter(slug=slug).first()
        version = agreement.current_version(change.at) if agreement else None
        if agreement is None or version is None:
            raise FlowError(Refusal.NO_AGREEMENT)
        text = text_to_sign(request, version, change.at)
        if (version.number, text.sha256) != (version_number, text_sha256):
            raise FlowError(Refusal.OTHER_TEXT)
        if held := coverage.covering(by, [slug], change.at, new=True).get(slug):
            raise FlowError(Refusal.SIGNED_BEFORE if held.person_id == by.pk else Refusal.COVERED)
        # It may have been the last gate of the signer's other requests too.
        waiting = covered.waiting(User.objects.filter(pk=by.pk))
        return give(change, text, waiting, by=by, assent=assent, circumstances=circumstances, request=request)
