"""Work behind the scenes. Each task may run twice and does its deed once."""

from django.tasks import task

from documents import checking
from documents.models import DocumentVersion, Trace
from documents.tracing import reading


@task()
def check_version(version_id: str) -> None:
    """Checks one upload."""
    checking.check(DocumentVersion.objects.select_related("document", "original").get(pk=version_id))


@task()
def trace_file(trace_id: str) -> None:
    """Reads one leaked file and answers which copy it came from."""
    reading.read(Trace.objects.select_related("file").get(pk=trace_id))
