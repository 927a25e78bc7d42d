"""Work behind the scenes. Each task may run twice and does its deed once."""

from django.tasks import task

from documents import checking
from documents.models import DocumentVersion


@task()
def check_version(version_id: str) -> None:
    """Checks one upload."""
    checking.check(DocumentVersion.objects.select_related("document", "original").get(pk=version_id))
