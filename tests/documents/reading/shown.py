"""A restricted document with page images, made in this process instead of a sandboxed child, to keep the tests fast."""

import functools
import io
from datetime import timedelta

from django.utils import timezone

from documents.models import AccessGrant, Document, DocumentVersion, PageImages
from documents.reading import drawing
from tests import cast
from tests.documents import pdfs
from trustcenter.vault import files as vault


def content(number: int) -> bytes:
    return b"BT /F0 40 Tf 72 600 Td (Page %d) Tj ET" % number


def restricted(pages: int = 3, slug: str = "pentest", batch: int = 2, **fields) -> Document:
    """Its pages are in batches of two, so that every test reads more than one stored file."""
    document = cast.document(slug, "restricted", title="Penetration test", **fields)
    add_version(document, pages, batch)
    return document


def add_version(document: Document, pages: int = 3, batch: int = 2) -> DocumentVersion:
    data, drawn_before = _drawn(pages, batch)
    document.versions.filter(state="current").update(state="superseded")
    number = document.versions.count() + 1
    version = DocumentVersion(document=document, number=number, state="current", pages=pages, pages_proven=pages)
    version.original = vault.store(version, "original", [data])
    version.reading_copy = vault.store(version, "reading_copy", [data])
    version.save(force_insert=True)
    for first, places, images in drawn_before:
        drawn = PageImages(version=version, first=first, last=first + len(places) - 1, places=places)
        drawn.file = vault.store(drawn, "file", [images])
        drawn.save(force_insert=True)
    return version


@functools.cache
def _drawn(pages: int, batch: int):
    """The file, and for each batch its first page, where its pictures are, and their bytes."""
    data = pdfs.blank(*(content(number) for number in range(1, pages + 1)))
    batches = []
    for first in range(1, pages + 1, batch):
        out = io.BytesIO()
        places = drawing.draw(io.BytesIO(data), out, pages, first, batch).places
        batches.append((first, places, out.getvalue()))
    return data, batches


def let_in(reader, document: Document, approvals: int = 2) -> AccessGrant:
    if not reader.coverage.exists():
        cast.cover(reader)
    now = timezone.now()
    return AccessGrant.objects.create(
        approvals=approvals,
        holder=reader,
        document=document,
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=30),
    )
