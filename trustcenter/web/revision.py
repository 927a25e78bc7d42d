"""The number that every public cache and ETag is keyed by: it grows with each change to anything public."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models, transaction
from django.db.models import F
from django.db.models.signals import m2m_changed, post_delete, post_save

from trustcenter.web.models import ContentRevision

_in_one_step: ContextVar[bool] = ContextVar("in_one_step", default=False)


def current() -> int:
    """The revision that the database shows now; 0 before the first change."""
    return ContentRevision.objects.filter(id=1).values_list("number", flat=True).first() or 0


def bump() -> None:
    """Counts one change, in the caller's transaction: a change that is rolled back was never counted.

    Rows changed by `save`, `delete` and `set` count themselves. Whoever changes public rows with
    `QuerySet.update` or `bulk_create` calls this afterwards, because those send no signal. Before the log's record, as
    everywhere: two transactions that lock one after the other in different orders wait for each other for ever.
    """
    if _in_one_step.get() or _count():
        return
    _, made = ContentRevision.objects.get_or_create(id=1)
    if not made:
        # Somebody else made the row in between, and counted their change, not ours.
        _count()


@contextmanager
def one_step() -> Iterator[None]:
    """Counts all changes inside as one, in one transaction."""
    with transaction.atomic():
        token = _in_one_step.set(True)
        try:
            yield
        finally:
            _in_one_step.reset(token)
        bump()


def watch(*public: type[models.Model]) -> None:
    """Counts every row of these models that is saved, deleted or linked. For `AppConfig.ready`."""
    for model in public:
        post_save.connect(_changed, sender=model, dispatch_uid=f"revision.{model._meta.label}")
        post_delete.connect(_changed, sender=model, dispatch_uid=f"revision.{model._meta.label}")
        for field in model._meta.local_many_to_many:
            through: Any = field.remote_field.through
            m2m_changed.connect(_linked, sender=through, dispatch_uid=f"revision.{through._meta.label}")


def _count() -> int:
    return ContentRevision.objects.filter(id=1).update(number=F("number") + 1)


def _changed(raw: bool = False, **kwargs: Any) -> None:
    # `raw`: a fixture being loaded, where the revision's own row may be on its way.
    if not raw:
        bump()


def _linked(action: str, **kwargs: Any) -> None:
    if action.startswith("post_"):
        bump()
