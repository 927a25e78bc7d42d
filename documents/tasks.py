"""Background tasks. Each may run twice and has one effect."""

from django.core.cache import cache
from django.tasks import task
from django.utils import timezone

from documents.intake import checking
from documents.models import DocumentVersion, Trace
from documents.tracing import examining
from trustcenter.vault import sandbox

# After this many seconds a run has ended or was lost with its worker.
DRAWING_LEASE = 300


@task()
def check_version(version_id: str) -> None:
    """Checks one upload, in several runs if it has very many pages.

    Without a sandbox the upload waits without a limit, and `routine.check_again` starts its check again.
    """
    try:
        checked = checking.check(DocumentVersion.objects.select_related("document", "original").get(pk=version_id))
    except sandbox.Unavailable:
        waiting = DocumentVersion.objects.filter(pk=version_id, state=DocumentVersion.State.CHECKING)
        waiting.update(check_unavailable_at=timezone.now(), pages=None)
        return
    if not checked:
        check_version.enqueue(version_id)


@task()
def draw_pages(version_id: str) -> None:
    """Draws the pages of a version whose document became view-only, in as many runs as needed."""
    cache.set(drawing_key(version_id), 1, DRAWING_LEASE)
    if not checking.draw_late(DocumentVersion.objects.select_related("document", "original").get(pk=version_id)):
        draw_pages.enqueue(version_id)


def drawing_key(version_id: str) -> str:
    """The cache key that is set while somebody draws this version."""
    return f"drawing:{version_id}"


@task()
def trace_file(trace_id: str) -> None:
    """Reads one leaked file and finds the copy it was made from."""
    examining.examine(Trace.objects.select_related("file").get(pk=trace_id))
