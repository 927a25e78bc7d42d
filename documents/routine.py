"""Scheduled work: remove what crashes left behind, and end every check."""

from datetime import timedelta

from django.utils import timezone

from documents import notices, tasks
from documents.intake import checking, scheduling
from documents.intake.flaws import Flaw
from documents.models import DocumentVersion, Trace
from documents.reading import page_images
from documents.tracing import examining
from trustcenter.vault import files as vault
from trustcenter.work import queue
from trustcenter.work.clock import every, for_each

# Longer than all tries of a failing check (see trustcenter.work.lanes: 30 s, 2, 8, 32 min).
CHECK_PATIENCE = timedelta(hours=2)
# How long a check waits after the sandbox was not available.
CHECK_PAUSE = timedelta(minutes=5)


@every(3600)
def sweep_vault() -> None:
    """Deletes drafts, objects and rows that nothing refers to."""
    vault.sweep()


@every(60)
def check_again() -> None:
    """Starts the checks again that could not run because the sandbox was not available."""
    now = timezone.now()
    waiting = DocumentVersion.objects.filter(
        state=DocumentVersion.State.CHECKING, check_unavailable_at__lt=now - CHECK_PAUSE
    )
    for version in waiting:
        same = {"pk": version.pk, "check_unavailable_at": version.check_unavailable_at}
        # Without this, a check that waits in the queue would be started again every minute.
        if DocumentVersion.objects.filter(**same).update(check_unavailable_at=now):
            tasks.check_version.enqueue(version.pk)


@every(600)
def end_checks() -> None:
    """Refuses versions whose check never ended, so that none is "being checked" forever.

    A version that waits for the sandbox was tried a few minutes ago, and keeps waiting.
    """
    long_ago = timezone.now() - CHECK_PATIENCE
    stuck = DocumentVersion.objects.filter(state=DocumentVersion.State.CHECKING, uploaded_at__lt=long_ago)
    for version in stuck.exclude(check_unavailable_at__gte=long_ago).select_related("document", "original"):
        checking.refuse(version, Flaw.NEVER_CHECKED)


@every(600)
def end_traces() -> None:
    """Ends traces that never finished, and deletes their files."""
    waiting = Trace.objects.filter(finished_at=None, asked_at__lt=timezone.now() - CHECK_PATIENCE)
    for trace in waiting.select_related("file"):
        examining.give_up(trace, Trace.Failure.LOST)


@every(300)
def tell_waiting_readers() -> None:
    """Goes on with mails about new versions whose task was lost."""
    for notice in notices.waiting():
        if not queue.known(tasks.tell_readers, notice.pk):
            tasks.tell_readers.enqueue(notice.pk)


@every(30)
def draw_waiting() -> None:
    """Starts to draw the missing pages of documents that somebody may only read here."""
    for version in page_images.waiting():
        # Without this, a long drawing would be started again every 30 seconds, and a failed one for ever.
        if not queue.known(tasks.draw_pages, version.pk):
            tasks.draw_pages.enqueue(version.pk)


@every(60)
def publish_scheduled() -> None:
    """Publishes the versions whose date has come, each in a change of its own."""
    for_each(scheduling.due(), scheduling.publish_due)
