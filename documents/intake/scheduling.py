"""The date on which a checked version goes live: chosen, taken back, and kept by the clock."""

from dataclasses import asdict
from datetime import datetime

from django.utils import timezone

from documents.intake import publishing
from documents.intake.publishing import Dates
from documents.models import DocumentVersion, VersionDate
from documents.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action


def schedule(version: DocumentVersion, dates: Dates, *, at: datetime, by: User, tell_readers: bool = False) -> None:
    """Lets the clock publish a version with these dates. A date that was chosen before is replaced. Raises FlowError."""
    if not by.has_perm("documents.add_documentversion"):
        raise FlowError(Refusal.NOT_EDITOR)
    if not dates.are_in_order:
        raise FlowError(Refusal.PERIOD)
    with audit.change(by=by) as change:
        document, version = publishing.lock(version)
        if not version.can_be_published:
            raise FlowError(Refusal.NOT_READY)
        if at <= change.at:
            raise FlowError(Refusal.DATE_PASSED)
        chosen = asdict(dates) | {"at": at, "tell_readers": tell_readers, "by": by}
        VersionDate.objects.update_or_create(version=version, defaults=chosen)
        change.record(
            Action.VERSION_SCHEDULED,
            subject=version,
            due_at=at.isoformat(),
            document=document.named,
            number=version.number,
        )


def cancel(version: DocumentVersion, *, by: User) -> None:
    """Takes back the date of a version, which waits as before. Raises FlowError."""
    if not by.has_perm("documents.add_documentversion"):
        raise FlowError(Refusal.NOT_EDITOR)
    with audit.change(by=by) as change:
        document, version = publishing.lock(version)
        if not VersionDate.objects.filter(version=version).delete()[0]:
            raise FlowError(Refusal.NO_DATE)
        change.record(Action.VERSION_UNSCHEDULED, subject=version, document=document.named, number=version.number)


def publish_due(chosen: VersionDate) -> bool:
    """Publishes a version whose time has come; returns whether it did.

    The date is removed without that if the person who chose it may not publish any more. Then the version waits for
    somebody who may.
    """
    with audit.change(by=None) as change:
        document, version = publishing.lock(chosen.version)
        found = VersionDate.objects.select_related("by").filter(version=version, at__lte=change.at).first()
        if found is None:
            return False
        if version.can_be_published and found.by.is_active and found.by.has_perm("documents.add_documentversion"):
            dates = Dates(found.as_of, found.period_start, found.period_end, found.valid_until)
            publishing.go_live(change, document, version, dates, tell_readers=found.tell_readers, scheduled_by=found.by)
            return True
        found.delete()
        change.record(Action.VERSION_UNSCHEDULED, subject=version, document=document.named, number=version.number)
    return False


def due() -> list[VersionDate]:
    """The dates that have come."""
    return list(VersionDate.objects.filter(at__lte=timezone.now()).select_related("version"))
