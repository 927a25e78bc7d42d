"""Work behind the scenes. Each task may run twice and does its deed once."""

from django.core.cache import cache
from django.tasks import task

from documents.intake import checking
from documents.models import DocumentVersion, Trace
from documents.tracing import examining

# One go of drawing has ended by then, or was lost with its worker.
DRAWING_LEASE = 300


@task()
def check_version(version_id: str) -> None:
    """Checks one upload; one of very many pages in several goes."""
    if not checking.check(DocumentVersion.objects.select_related("document", "original").get(pk=version_id)):
        check_version.enqueue(version_id)


@task()
def draw_pages(version_id: str) -> None:
    """Draws the pages of a version whose document became view-only, in as many goes as it takes."""
    cache.set(drawing_key(version_id), 1, DRAWING_LEASE)
    if not checking.draw_late(DocumentVersion.objects.select_related("document", "original").get(pk=version_id)):
        draw_pages.enqueue(version_id)


def drawing_key(version_id: str) -> str:
    """The cache's name for "somebody is drawing this version"."""
    return f"drawing:{version_id}"


@task()
def trace_file(trace_id: str) -> None:
    """Reads one leaked file and answers which copy it came from."""
    examining.examine(Trace.objects.select_related("file").get(pk=trace_id))
