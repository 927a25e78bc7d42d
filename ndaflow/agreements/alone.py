"""A signature that is given by itself, without a request for documents: by customers of the plans that legal names."""

from datetime import datetime

from ndaflow.agreements import coverage, coverage_changes, filled, signing
from ndaflow.agreements.assent import give
from ndaflow.agreements.filled import Filled
from ndaflow.agreements.models import Agreement, Signature
from ndaflow.agreements.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts import own
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError


def may_sign_alone(person: User, agreement: Agreement) -> bool:
    """Whether an administrator has named the plan of this person's confirmed company for the agreement."""
    company = person.company
    if company is None or company.confirmed_at is None or not company.is_customer or not company.plan:
        return False
    return company.plan.casefold() in {plan.casefold() for plan in agreement.plans}


def shown_alone(agreement: Agreement, person: User, at: datetime) -> Filled | None:
    """The exact text that this person would sign by itself now, or None while there is none."""
    version = agreement.current_version(at)
    if version is None:
        return None
    company = person.company.legal_name if person.company else ""
    return filled.for_signer(version, company=company, signer=person.name, email=person.email, at=at)


def sign_alone(
    agreement: Agreement,
    *,
    by: User,
    version_number: int,
    text_sha256: str,
    assent: signing.Assent,
    circumstances: signing.Circumstances,
) -> Signature:
    """Signs an agreement by itself, if its text is still the one that was shown. Raises FlowError."""
    with audit.change(by=by) as change:
        signer = User.objects.filter(pk=by.pk)
        coverage_changes.lock_people(signer)
        own.lock(by)
        waiting = coverage_changes.hold_people(change, signer, agreement.slug)
        # Afresh: somebody may have changed the plans, or the company's, since the page was made.
        agreement = Agreement.objects.get(pk=agreement.pk)
        person = User.objects.select_related("company").get(pk=by.pk)
        if not may_sign_alone(person, agreement):
            raise FlowError(Refusal.NOT_ALONE)
        text = shown_alone(agreement, person, change.at)
        if text is None:
            raise FlowError(Refusal.NO_TEXT_IN_FORCE)
        if (text.version.number, text.sha256) != (version_number, text_sha256):
            raise FlowError(Refusal.OTHER_TEXT_SHOWN)
        if coverage.covering(person, [agreement.slug], change.at, new=True):
            raise FlowError(Refusal.COVERED_ALREADY)
        return give(change, text, waiting, by=by, assent=assent, circumstances=circumstances)
