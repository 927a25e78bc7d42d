"""The content revision: a number in every key of the page cache and in every ETag. Each public change increases it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models
from django.db.models import F
from django.db.models.signals import m2m_changed, post_delete, post_save

# The public rows that the change in progress has saved; None outside of one.
_noticed: ContextVar[list[type[models.Model]] | None] = ContextVar("noticed", default=None)
# What `counted` collects; None outside of it.
_counted: ContextVar[list[int] | None] = ContextVar("counted", default=None)


def current() -> int:
    """The revision that the database shows now; 0 before the first change."""
    from trustcenter.web.models import ContentRevision

    return ContentRevision.objects.filter(id=1).values_list("number", flat=True).first() or 0


def count() -> None:
    """Counts one change in the caller's transaction, so that a change that is rolled back is not counted.

    Locks the revision's row until commit. `audit.change` calls it at its place in the order of locks.
    """
    from trustcenter.web.models import ContentRevision

    if (changes := _counted.get()) is not None:
        changes.append(1)
    row = ContentRevision.objects.filter(id=1)
    if row.update(number=F("number") + 1):
        return
    _, made = ContentRevision.objects.get_or_create(id=1)
    if not made:
        # Another transaction made the row in between, and counted its change, not this one.
        row.update(number=F("number") + 1)


@contextmanager
def counted() -> Iterator[list[int]]:
    """Collects an entry for each change that the block counts, also if it is rolled back later."""
    found: list[int] = []
    token = _counted.set(found)
    try:
        yield found
    finally:
        _counted.reset(token)


@contextmanager
def noticed() -> Iterator[list[type[models.Model]]]:
    """Collects the public models whose rows are saved, deleted or linked in the block, for one count at its end."""
    found: list[type[models.Model]] = []
    token = _noticed.set(found)
    try:
        yield found
    finally:
        _noticed.reset(token)


def watch(*public: type[models.Model]) -> None:
    """Notices every row of these models that is saved, deleted or linked. For `AppConfig.ready`.

    `QuerySet.update` and `bulk_create` send no signal: a change that uses them sets `public_content_changed` itself.
    """
    for model in public:
        post_save.connect(_changed, sender=model, dispatch_uid=f"revision.{model._meta.label}")
        post_delete.connect(_changed, sender=model, dispatch_uid=f"revision.{model._meta.label}")
        for field in model._meta.local_many_to_many:
            through: Any = field.remote_field.through
            m2m_changed.connect(_linked, sender=through, dispatch_uid=f"revision.{through._meta.label}")


def _changed(sender: type[models.Model], raw: bool = False, **kwargs: Any) -> None:
    # `raw`: a fixture being loaded, where the revision's own row may be on its way.
    if raw:
        return
    found = _noticed.get()
    if found is None:
        count()
    else:
        found.append(sender)


def _linked(sender: type[models.Model], action: str, **kwargs: Any) -> None:
    if action.startswith("post_"):
        _changed(sender)
