"""What our staff says about one company: its name, what it is to us, notes, and whether it is blocked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from trustcenter import audit
from trustcenter.accounts import changed, checked
from trustcenter.accounts.models import Company, CompanyNote, User
from trustcenter.accounts.models.companies import LONGEST_NOTE
from trustcenter.accounts.refusals import Refusal
from trustcenter.audit import Change, FlowError, words
from trustcenter.audit.actions import Action

CONFIRM = "accounts.confirm_company"
ANNOTATE = "accounts.annotate_company"
BLOCK = "accounts.manage_listed"

words.register("details", {"customer": _("customer"), "plan": _("plan"), "owner": _("owner"), "crm_id": _("CRM ID")})


@dataclass(frozen=True, kw_only=True)
class Details:
    """What a company is to us."""

    is_customer: bool
    plan: str
    owner: User | None
    crm_id: str

    @classmethod
    def of(cls, company: Company) -> "Details":
        return cls(is_customer=company.is_customer, plan=company.plan, owner=company.owner, crm_id=company.crm_id)


@contextmanager
def step(company: Company, permission: str, *, by: User) -> Iterator[tuple[Change, Company]]:
    """A change of one company, whose row is locked. Raises FlowError without the permission and for a merged company."""
    if not by.has_perm(permission):
        raise FlowError(Refusal.NOT_YOURS_TO_CHANGE)
    with audit.change(by=by) as change:
        row = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        if row.merged_into_id is not None:
            raise FlowError(Refusal.COMPANY_GONE)
        yield change, row


def confirm(company: Company, *, legal_name: str, by: User) -> Company:
    """Says that `by` has checked which company uses the proven domains. From then on copies print its name."""
    legal_name = _legal_name(legal_name)
    with step(company, CONFIRM, by=by) as (change, row):
        if row.confirmed_at is not None:
            raise FlowError(Refusal.CONFIRMED_BEFORE)
        _confirm(change, row, legal_name, by=by)
        domains = sorted(row.domains.values_list("domain", flat=True))
        change.record(Action.COMPANY_CONFIRMED, subject=row, changed=_facts(row), name=row.legal_name, domains=domains)
        changed.company(change, row.pk)
    return row


def correct(company: Company, *, legal_name: str, by: User) -> Company:
    """Gives a confirmed company another name. `by` has checked it, so they are the one who confirmed it from now on."""
    legal_name = _legal_name(legal_name)
    with step(company, CONFIRM, by=by) as (change, row):
        if row.legal_name != company.legal_name:
            raise FlowError(Refusal.CHANGED_MEANWHILE)
        if row.confirmed_at is None:
            raise FlowError(Refusal.NOT_CONFIRMED)
        if row.legal_name == legal_name:
            raise FlowError(Refusal.SAME_NAME)
        _confirm(change, row, legal_name, by=by)
        change.record(Action.COMPANY_CORRECTED, subject=row, changed=_facts(row), name=row.legal_name)
        changed.company(change, row.pk)
    return row


def describe(company: Company, details: Details, *, by: User) -> Company:
    """Says whether the company is a customer, on which plan, who owns it in sales, and its CRM ID.

    `company` is the row as the page showed it. Saving the same again is no change.
    """
    plan, crm_id = checked.line(details.plan)[:100], checked.line(details.crm_id)[:100]
    with step(company, ANNOTATE, by=by) as (change, row):
        if Details.of(row) != Details.of(company):
            raise FlowError(Refusal.CHANGED_MEANWHILE)
        if details.owner is not None and not (details.owner.is_active and details.owner.has_perm(ANNOTATE)):
            raise FlowError(Refusal.NO_OWNER)
        differs = {
            "customer": row.is_customer != details.is_customer,
            "plan": row.plan != plan,
            "owner": row.owner != details.owner,
            "crm_id": row.crm_id != crm_id,
        }
        if not any(differs.values()):
            return row
        row.is_customer, row.plan, row.owner, row.crm_id = details.is_customer, plan, details.owner, crm_id
        row.save(update_fields=["is_customer", "plan", "owner", "crm_id"])
        codes = [code for code, is_other in differs.items() if is_other]
        change.record(Action.COMPANY_CHANGED, subject=row, changed=_facts(row), name=row.legal_name, details=codes)
        if differs["customer"]:
            changed.company(change, row.pk)
    return row


def write_note(company: Company, *, text: str, by: User) -> CompanyNote:
    """Keeps a note about the company. The log says who wrote one, and not what it says."""
    text = checked.lines(text)
    if not text:
        raise FlowError(Refusal.NO_NOTE)
    if len(text) > LONGEST_NOTE:
        raise FlowError(Refusal.NOTE_TOO_LONG, most=f"{LONGEST_NOTE}")
    with step(company, ANNOTATE, by=by) as (change, row):
        note = CompanyNote.objects.create(company=row, text=text, written_by=by, written_at=change.at)
        change.record(Action.COMPANY_NOTED, subject=row, name=row.legal_name, note=note.pk)
    return note


def remove_note(note: CompanyNote, *, by: User) -> None:
    """Removes a note of one's own, or anybody's with the permission to confirm companies."""
    with step(note.company, ANNOTATE, by=by) as (change, row):
        if note.written_by_id != by.pk and not by.has_perm(CONFIRM):
            raise FlowError(Refusal.NOT_YOUR_NOTE)
        if CompanyNote.objects.filter(pk=note.pk).delete()[0]:
            change.record(Action.COMPANY_NOTE_REMOVED, subject=row, name=row.legal_name, note=note.pk)


def block(company: Company, *, reason: str, by: User) -> Company:
    """Blocks a company: new requests of its people are denied with the reason. What is open to them stays open."""
    reason = checked.lines(reason)
    if not reason:
        raise FlowError(Refusal.NO_BLOCK_REASON)
    with step(company, BLOCK, by=by) as (change, row):
        if row.is_blocked:
            raise FlowError(Refusal.BLOCKED_BEFORE)
        row.blocked_at, row.blocked_by, row.blocked_reason = change.at, by, reason
        row.save(update_fields=["blocked_at", "blocked_by", "blocked_reason"])
        change.record(Action.COMPANY_BLOCKED, subject=row, changed=_facts(row), name=row.legal_name, reason=reason)
        changed.company(change, row.pk)
    return row


def unblock(company: Company, *, by: User) -> Company:
    """Ends the block of a company. Requests that it denied stay denied."""
    with step(company, BLOCK, by=by) as (change, row):
        if not row.is_blocked:
            raise FlowError(Refusal.NOT_BLOCKED)
        row.blocked_at, row.blocked_by, row.blocked_reason = None, None, ""
        row.save(update_fields=["blocked_at", "blocked_by", "blocked_reason"])
        change.record(Action.COMPANY_UNBLOCKED, subject=row, changed=_facts(row), name=row.legal_name)
        changed.company(change, row.pk)
    return row


def _legal_name(typed: str) -> str:
    if not (legal_name := checked.line(typed)[:200]):
        raise FlowError(Refusal.NO_COMPANY_NAME)
    return legal_name


def _confirm(change: Change, row: Company, legal_name: str, *, by: User) -> None:
    row.legal_name, row.confirmed_at, row.confirmed_by = legal_name, change.at, by
    row.save(update_fields=["legal_name", "confirmed_at", "confirmed_by"])


def _facts(row: Company) -> QuerySet[Company]:
    return Company.answering().filter(pk=row.pk)
