"""The names of background tasks in the log's sentences."""

from trustcenter.audit import words
from trustcenter.work import tasks


def register() -> None:
    """Gives the log the names of all tasks."""
    # Each declares its tasks when it is imported.
    from documents import tasks as _documents  # noqa: F401
    from ndaflow.agreements import tasks as _agreements  # noqa: F401
    from ndaflow.privacy import tasks as _privacy  # noqa: F401

    words.register("work", tasks.labels())
