"""Approvers put addresses and mail domains on the list and take them off."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from trustcenter import audit
from trustcenter.accounts import addresses, changed, checked
from trustcenter.accounts.freemail import is_free_mail
from trustcenter.accounts.models import Listed, User
from trustcenter.accounts.refusals import Refusal
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.work.retention import Kept

MANAGE = "accounts.manage_listed"
Verdict = Listed.Verdict
# So long before an address is removed, those who may keep it are told.
AHEAD = timedelta(days=14)
AT_ONCE = 200


def put(entry: str, verdict: Listed.Verdict, *, reason: str, by: User) -> Listed:
    """Allows or blocks an address or, without an @, a mail domain. A block denies new requests with the reason."""
    address, domain = read(entry)
    reason = checked.lines(reason)
    if not by.has_perm(MANAGE):
        raise FlowError(Refusal.NOT_YOURS_TO_CHANGE)
    if not reason:
        raise FlowError(Refusal.NO_LIST_REASON)
    if verdict == Verdict.ALLOW and is_free_mail(domain):
        raise FlowError(Refusal.FREE_MAIL_DOMAIN, domain=domain)
    if verdict == Verdict.BLOCK and (by.email == address or (domain and f".{by.domain}".endswith(f".{domain}"))):
        raise FlowError(Refusal.OWN_ENTRY)
    with audit.change(by=by) as change:
        # Two who add the same at once: the second finds what the first has added.
        kept, added = Listed.objects.get_or_create(
            address=address,
            domain=domain,
            defaults={
                "verdict": verdict,
                "reason": reason,
                "added_by": by,
                "added_at": change.at,
                "reviewed_at": change.at,
            },
        )
        if not added:
            words = {"entry": kept.entry, "verdict": str(Verdict(kept.verdict).label).lower()}
            raise FlowError(Refusal.LISTED_BEFORE, **words)
        change.record(
            Action.LISTED,
            subject=kept,
            changed=[kept],
            entry=kept.entry,
            email=kept.address,
            verdict=kept.verdict,
            reason=reason,
        )
        changed.listed(change, kept.entry)
    return kept


def remove(entry: Listed, *, by: User) -> None:
    """Takes an entry off the list. What it denied stays denied."""
    if not by.has_perm(MANAGE):
        raise FlowError(Refusal.NOT_YOURS_TO_CHANGE)
    with audit.change(by=by) as change:
        row = Listed.objects.select_for_update(no_key=True).filter(pk=entry.pk).first()
        if row is None:
            raise FlowError(Refusal.NOT_LISTED)
        change.record(Action.UNLISTED, subject=row, entry=row.entry, email=row.address, verdict=row.verdict)
        change.removed(row)
        changed.listed(change, row.entry)
        row.delete()


def keep(entry: Listed, *, by: User) -> Listed:
    """Says that an entry is still needed, so the clock keeps it for another `KEEP_LISTED_DAYS`."""
    if not by.has_perm(MANAGE):
        raise FlowError(Refusal.NOT_YOURS_TO_CHANGE)
    with audit.change(by=by) as change:
        row = Listed.objects.select_for_update(no_key=True).filter(pk=entry.pk).first()
        if row is None:
            raise FlowError(Refusal.NOT_LISTED)
        row.reviewed_at, row.warned_at = change.at, None
        row.save(update_fields=["reviewed_at", "warned_at"])
        change.record(
            Action.LIST_KEPT, subject=row, changed=[row], entry=row.entry, email=row.address, verdict=row.verdict
        )
    return row


def warn_and_forget() -> int:
    """Tells approvers which addresses the clock will remove soon, and removes those of which nobody said since that they
    are needed; returns how many it removed. One run changes a bounded number of them."""
    over = Kept.LISTED.over()
    addresses = Listed.objects.exclude(address="").order_by("reviewed_at")
    soon = addresses.filter(warned_at=None, reviewed_at__lt=over + AHEAD)[:AT_ONCE]
    if found := list(soon):
        with audit.change(by=None) as change:
            Listed.objects.filter(pk__in=[row.pk for row in found]).update(warned_at=change.at)
            for approver in User.objects.who_may(MANAGE):
                change.mail("listed_ends", to=approver.email, context={"entries": found, "days": AHEAD.days})
    removed = 0
    # Those who were told have the time that the mail says, even if the clock stood still before.
    for row in addresses.filter(reviewed_at__lt=over, warned_at__lt=timezone.now() - AHEAD)[:AT_ONCE]:
        with audit.change(by=None) as change:
            gone = Listed.objects.select_for_update(no_key=True).filter(pk=row.pk, reviewed_at=row.reviewed_at).first()
            if gone is not None:
                change.record_effect(Action.LIST_ENDED, subject=gone, verdict=gone.verdict)
                change.removed(gone)
                changed.listed(change, gone.entry)
                gone.delete()
                removed += 1
    return removed


def read(typed: str) -> tuple[str, str]:
    """The address and the domain that an entry means, one of them "". `@example.com` is the domain example.com."""
    typed = typed.strip().removeprefix("@")
    if "@" in typed:
        return checked.address(typed), ""
    try:
        return "", addresses.canonical_domain(typed)
    except ValidationError as wrong:
        raise FlowError(Refusal.NO_DOMAIN) from wrong
