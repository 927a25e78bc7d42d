"""The public facts as a revision has them: rows of the models that are in no database, for the pages that show rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models

from certifications.models import (
    Certification,
    Claim,
    Framework,
    IncidentEntry,
    PostureRevision,
    Product,
    Profile,
    Reviewed,
    Subprocessor,
    Topic,
    Update,
)

# What a table of /posture.json calls differently from the model.
RENAMED = {"status": "stated_status"}

Rows = Mapping[str, models.Model]


@dataclass(frozen=True)
class Past:
    """The public facts of a revision, as `certifications.posture` has those of today."""

    profile: Profile
    products: list[Product]
    certifications: list[Certification]
    claims: list[Claim]
    subprocessors: list[Subprocessor]
    # Those that went on.
    open_incidents: list[Update]


def facts(revision: PostureRevision) -> Past:
    """The rows of a revision. They have keys of their own and must not be saved."""
    data = revision.data
    products = _rows(Product, data["products"])
    topics = _rows(Topic, data["topics"])
    frameworks = {row["slug"]: _framework(row) for row in data["certifications"]}
    certifications = {
        row["slug"]: _of_products(row_of(Certification, row, number, framework=frameworks[row["slug"]]), row, products)
        for number, row in enumerate(data["certifications"], 1)
    }
    claims = {
        row["slug"]: _of_products(
            row_of(
                Claim,
                row,
                number,
                topic=topics[row["topic"]],
                certification=certifications.get(row.get("certification")),
            ),
            row,
            products,
        )
        for number, row in enumerate(data["claims"], 1)
    }
    for certification in certifications.values():
        # Its status is the one of that day, which the days since then must not change.
        certification.valid_until = None
    for row in data["claims"]:
        claims[row["slug"]].contradicting = [claims[slug] for slug in row["conflicts_with"] if slug in claims]
    subprocessors = [
        _of_products(row_of(Subprocessor, row, number), row, products)
        for number, row in enumerate(data["subprocessors"], 1)
    ]
    for name, rows in (
        ("products", [*products.values()]),
        ("certifications", [*certifications.values()]),
        ("claims", [*claims.values()]),
        ("subprocessors", subprocessors),
    ):
        _as_reviewed_then(rows, data[name])
    profile = row_of(Profile, data["company"], 1)
    for key, value in data["source"].items():
        setattr(profile, f"source_{key}", value)
    return Past(
        profile,
        [*products.values()],
        [*certifications.values()],
        [*claims.values()],
        subprocessors,
        _open_incidents(data, products),
    )


def row_of[M: models.Model](model: type[M], table: Mapping[str, Any], number: int, **links: models.Model | None) -> M:
    """A table of /posture.json as a row of `model`, with `number` as its key; `links` are the rows it refers to."""
    row = model(pk=number, **links)
    for field in model._meta.concrete_fields:
        key = next((old for old, new in RENAMED.items() if new == field.name), field.name)
        if key in table and not field.is_relation and not field.primary_key:
            value = table[key]
            if isinstance(field, models.DateTimeField) and isinstance(value, str):
                value = datetime.fromisoformat(value)
            elif isinstance(field, models.DateField) and isinstance(value, str):
                value = date.fromisoformat(value)
            setattr(row, field.attname, value)
    return row


def _rows[M: models.Model](model: type[M], tables: list[dict[str, Any]]) -> dict[str, M]:
    return {table["slug"]: row_of(model, table, number) for number, table in enumerate(tables, 1)}


def _open_incidents(data: Mapping[str, Any], products: Mapping[str, Product]) -> list[Update]:
    found = list[Update]()
    for number, table in enumerate(data["updates"], 1):
        incident = _of_products(row_of(Update, table, number), table, products)
        entries = [row for row in data["timeline"] if row["update"] == incident.slug]
        entries.sort(key=lambda row: datetime.fromisoformat(row["at"]), reverse=True)
        incident._prefetched_objects_cache["timeline"] = [  # type: ignore[attr-defined]  # as in `_of_products`
            row_of(IncidentEntry, row, place) for place, row in enumerate(entries, 1)
        ]
        if incident.is_open:
            found.append(incident)
    return found


def _as_reviewed_then(rows: Sequence[Reviewed], tables: list[dict[str, Any]]) -> None:
    """Says that a review date has passed only where it had passed on that day."""
    for row, table in zip(rows, tables, strict=True):
        if not table["overdue"]:
            row.review_by = date.max


def _framework(table: Mapping[str, Any]) -> Framework:
    return Framework(
        slug=table["framework_slug"], name=table["framework"], kind=table["kind"], authority=table["authority"]
    )


def _of_products[M: models.Model](row: M, table: Mapping[str, Any], products: Mapping[str, Product]) -> M:
    named = [products[slug] for slug in table.get("products", ()) if slug in products]
    # Where a prefetched relation is kept, so that nothing asks the database for what is not in it.
    row._prefetched_objects_cache = {"products": named}  # type: ignore[attr-defined]  # of every row that has links
    return row
