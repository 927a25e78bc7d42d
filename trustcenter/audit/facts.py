"""The facts of rows in the log, on which access, the mark and the evidence depend.

A record may hold the facts of rows that its change wrote: ids, codes, ISO dates and digests, inside the leaf of the
tree. `audit.state` compares every row with the last facts that the log has of it.
"""

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet

from trustcenter.audit.text import canonical, subject_of, utc_text

# How a leaf writes the digest of something personal.
PERSONAL = "hmac-sha256:"


class Personal(str):
    """A text about a person. The leaf has only its digest, whose key goes when the details of the record are erased."""

    def sealed(self, key: bytes, subject: str, name: str) -> str:
        """The digest under the record's key. Row and name are part of it, so that it cannot be moved elsewhere."""
        return PERSONAL + hmac.digest(key, f"{subject} {name} {self}".encode(), "sha256").hex()


class Answering:
    """A model whose rows have their facts in the log. Every change of them is handed in with a record of `audit.change`.

    Not a model itself: Django imports this package before any model may be defined.
    """

    # Facts that later records may change. Every other fact is set once, as the end of a grant is.
    moving: ClassVar[frozenset[str]] = frozenset()

    def facts(self) -> dict[str, Any]:
        """The row's facts: texts, numbers, instants, None, and `Personal`."""
        raise NotImplementedError

    @classmethod
    def answering(cls) -> QuerySet[Any]:
        """The rows of this model that have to be in the log, with everything that `facts` reads."""
        rows: QuerySet[Any] = cls._default_manager.all()  # type: ignore[attr-defined]  # of the model it is mixed into
        return rows


def kinds() -> dict[str, type[Answering]]:
    """Every model that answers to the log, by the name that subjects begin with."""
    from django.apps import apps

    return {model._meta.model_name or "": model for model in apps.get_models() if issubclass(model, Answering)}


def written(facts: Mapping[str, Mapping[str, Any] | None], key: bytes) -> str:
    """The facts of several rows, by subject, as a leaf holds them; None for a row that was deleted. "" for none."""
    if not facts:
        return ""
    return canonical({subject: None if row is None else sealed(subject, row, key) for subject, row in facts.items()})


def sealed(subject: str, facts: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    """One row's facts as a leaf holds them. With an erased key, "" stands for what is personal."""
    return {name: _sealed(value, key, subject, name) for name, value in facts.items()}


def _sealed(value: Any, key: bytes, subject: str, name: str) -> Any:
    match value:
        case Personal():
            return value.sealed(key, subject, name) if key else ""
        case datetime():
            return utc_text(value)
    return value


def of(rows: Iterable[Answering]) -> dict[str, Mapping[str, Any] | None]:
    """The facts of rows by their subject."""
    return {subject_of(row): row.facts() for row in rows}  # type: ignore[arg-type]  # every one is a model too
