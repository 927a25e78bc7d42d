"""Tells the readers of a document that a new version is there, which they read under the same grant."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.tasks import Task
from django.utils import timezone

from documents import access
from documents.models import AccessGrant, Document, DocumentVersion, VersionNotice
from trustcenter import audit

# So that a batch holds the database for a fraction of a second.
BATCH = 50
# After whatever outage, nobody is told what has been there for long.
RECENT = timedelta(days=30)


def readers(document: Document, at: datetime) -> QuerySet[AccessGrant]:
    """The grants in force for a document, whose holders are told. Whether each opens it, the door says."""
    return AccessGrant.objects.filter(document=document, holder__is_active=True).open_at(at)


def mail_next(notice_id: int, *, then: "Task[..., Any]") -> None:
    """Mails the next readers in one transaction with how far the mails are. `then` goes on while there may be more."""
    with audit.change(by=None) as change:
        notices = VersionNotice.objects.select_for_update(no_key=True, of=("self",))
        notice = notices.filter(pk=notice_id, ended_at=None).select_related("version").first()
        if notice is None:
            return
        version = notice.version
        document = Document.objects.select_related("level").prefetch_related("versions").get(pk=version.document_id)
        # Who got access later has read of no other version. A newer version has its own mails.
        grants = readers(document, change.at).filter(starts_at__lte=notice.at, pk__gt=notice.reached)
        is_current = version.state == DocumentVersion.State.CURRENT
        batch = list(grants.select_related("holder").order_by("pk")[:BATCH]) if is_current else []
        for grant in batch:
            if document.pk in access.open_grants(grant.holder, [document], change.at):
                context = {"person": grant.holder, "document": document, "version": version, "grant": grant}
                change.mail("new_version", to=grant.holder.email, context=context)
                notice.told += 1
            notice.reached = grant.pk
        if len(batch) == BATCH:
            change.task(then, notice_id)
        else:
            notice.ended_at = change.at
        notice.save()


def waiting() -> QuerySet[VersionNotice]:
    """The notices that not all readers have got."""
    return VersionNotice.objects.filter(ended_at=None, at__gt=timezone.now() - RECENT)
