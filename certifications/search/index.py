"""Keeps the table of the search true to the public facts."""

import hashlib
from collections.abc import Iterator

from django.conf import settings
from django.utils import translation

from certifications.models import SearchEntry
from certifications.search.sources import SOURCES, Data, Entry
from certifications.search.words import cut

# Raised when the same fact would make another row, so that each site rebuilds its index.
VERSION = "1"
# As many words of a text are indexed; PostgreSQL refuses a row of more than a megabyte of them.
MOST_WORDS = 5000
BATCH = 500


def keep(data: Data) -> None:
    """Makes the table that of these facts, in the change that changed them; rows that stay the same are not touched.

    In the change and not in a task, because pages are kept by the content's revision: one that was made before the task
    ran would be kept with what was true before. It costs one read of the digests, and one cut for each new text.
    """
    known = {(kind, slug): (pk, digest) for pk, kind, slug, digest in _digests()}
    new: list[SearchEntry] = []
    with translation.override(settings.LANGUAGE_CODE):
        for kind, position, entry in _entries(data):
            digest = _digest(position, entry)
            if known.get((kind, entry.slug), (0, ""))[1] == digest:
                del known[kind, entry.slug]
            else:
                new.append(_row(kind, position, entry, digest))
    # What is left is gone, or has changed and is written again: an update of many rows takes ten times as long.
    gone = [pk for pk, _digest in known.values()]
    for start in range(0, len(gone), BATCH):
        SearchEntry.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    SearchEntry.objects.bulk_create(new, batch_size=BATCH)


def is_true(data: Data) -> bool:
    """Whether the table is that of these facts. It is not after a release that makes other rows."""
    with translation.override(settings.LANGUAGE_CODE):
        wanted = {(kind, entry.slug): _digest(position, entry) for kind, position, entry in _entries(data)}
    return wanted == {(kind, slug): digest for _pk, kind, slug, digest in _digests()}


def _digests() -> Iterator[tuple[int, str, str, str]]:
    return SearchEntry.objects.values_list("pk", "kind", "slug", "digest").iterator()


def _entries(data: Data) -> Iterator[tuple[str, int, Entry]]:
    for kind, source in SOURCES.items():
        for position, entry in enumerate(source.read(data)):
            yield kind, position, entry


def _digest(position: int, entry: Entry) -> str:
    return hashlib.sha256(repr((VERSION, position, entry)).encode()).hexdigest()


def _row(kind: str, position: int, entry: Entry, digest: str) -> SearchEntry:
    title = cut(entry.title)[:MOST_WORDS]
    text = [word for one in (entry.text, entry.detail, entry.also) for word in cut(one)][:MOST_WORDS]
    return SearchEntry(
        kind=kind,
        slug=entry.slug,
        position=position,
        title=entry.title,
        text=entry.text,
        detail=entry.detail,
        status=entry.status,
        products=list(entry.products),
        words=" ".join(dict.fromkeys(word.plain for word in (*title, *text))),
        title_stems=" ".join(word.stem for word in title),
        text_stems=" ".join(word.stem for word in text),
        digest=digest,
    )
