"""What the checks of the public content read of documents."""

from django.urls import reverse

from certifications.checking.findings import Place
from certifications.evidence import Paper, Upload
from documents.models import Document, DocumentVersion, Level

# A certificate is made to be shown, and nobody asks for the text of an agreement that they are to sign.
FOR_EVERYONE = frozenset({Document.Kind.CERTIFICATE, Document.Kind.AGREEMENT})
COMING = frozenset({DocumentVersion.State.CHECKING, DocumentVersion.State.READY})


def papers() -> list[Paper]:
    """Every document, in two queries."""
    return [_paper(document) for document in Document.objects.select_related("level").prefetch_related("versions")]


def by_slug() -> dict[str, Document]:
    """Every document with its level."""
    return {document.slug: document for document in Document.objects.select_related("level")}


def _paper(document: Document) -> Paper:
    edit = reverse("admin:documents_document_change", args=[document.pk])
    return Paper(
        place=Place("documents", document.slug, document.title, edit),
        upload=_upload(document),
        level=_level(document.level) if document.level else None,
        is_gated=document.is_gated,
        should_be_public=document.kind in FOR_EVERYONE,
        is_dated=bool(document.valid_until or document.period_end),
        valid_until=document.valid_until,
        texts=(document.title,) if document.is_gated else (document.title, document.summary),
    )


def _level(level: Level) -> Place:
    # Levels are edited at the desk, which is above this package.
    return Place("levels", level.slug, level.name, reverse("desk:level", args=[level.slug]))


def _upload(document: Document) -> Upload:
    states = {version.state for version in document.versions.all()}
    if DocumentVersion.State.CURRENT in states:
        return Upload.CURRENT
    if states & COMING:
        return Upload.COMING
    return Upload.GONE if states else Upload.NEVER
