"""Background tasks. Each may run twice and has one effect."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from documents import notices
from documents.intake import checking
from documents.models import DocumentVersion, Trace, VersionNotice
from documents.tracing import examining
from trustcenter.vault import sandbox
from trustcenter.work.lanes import Lane
from trustcenter.work.tasks import background


def _versions(ids: list[str]) -> dict[str, str]:
    return {one.pk: str(one) for one in DocumentVersion.objects.filter(pk__in=ids).select_related("document")}


def _traces(ids: list[str]) -> dict[str, str]:
    return {one.pk: one.name for one in Trace.objects.filter(pk__in=ids)}


@background(Lane.DOCUMENTS, _("Check an upload"), about=_versions)
def check_version(version_id: str) -> None:
    """Checks one upload, in several runs if it has very many pages.

    Without a sandbox the upload waits without a limit, and `routine.check_again` starts its check again.
    """
    try:
        checked = checking.check(
            DocumentVersion.objects.select_related("document__level", "original").get(pk=version_id)
        )
    except sandbox.Unavailable:
        waiting = DocumentVersion.objects.filter(pk=version_id, state=DocumentVersion.State.CHECKING)
        waiting.update(check_unavailable_at=timezone.now(), pages=None)
        return
    if not checked:
        check_version.enqueue(version_id)


# Somebody waits for a check, and nobody for the pages of a document that was open before.
@background(Lane.DOCUMENTS, _("Draw the pages of a document"), about=_versions, priority=-10)
def draw_pages(version_id: str) -> None:
    """Draws the pages of a version that somebody may only read here now, in as many runs as needed."""
    if not checking.draw_late(DocumentVersion.objects.select_related("document__level", "original").get(pk=version_id)):
        draw_pages.enqueue(version_id)


@background(Lane.TRACES, _("Trace a leaked file"), about=_traces)
def trace_file(trace_id: str) -> None:
    """Reads one leaked file and finds the copy it was made from."""
    examining.examine(Trace.objects.select_related("file").get(pk=trace_id))


def _notices(ids: list[str]) -> dict[str, str]:
    found = VersionNotice.objects.filter(pk__in=ids).select_related("version__document")
    return {str(one.pk): str(one.version) for one in found}


# Somebody waits for a code or a decision, and nobody for news.
@background(Lane.MAIL, _("Tell readers about a new version"), about=_notices, priority=-10)
def tell_readers(notice_id: int) -> None:
    """Mails the next readers of a document about its version, and starts itself again while there are more."""
    notices.mail_next(notice_id, then=tell_readers)
