"""What can be found: each kind of public fact, and how it becomes an entry of the search."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from certifications.models import Framework, Status, Subprocessor, Tone, Update
from trustcenter.web import dates

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One fact as it is found and shown. Nothing in it may be gated: everybody finds it."""

    slug: str
    title: str
    text: str = ""
    detail: str = ""
    # A code, for `Source.status`.
    status: str = ""
    # None means every product.
    products: Sequence[str] = ()
    # Found by these words too, which are not shown.
    also: str = ""


@dataclass(frozen=True)
class Source:
    """One kind of fact. `read` gets the data of /posture.json, which has nothing gated."""

    noun: Any
    nouns: Any
    icon: str
    read: Callable[[Data], Iterable[Entry]]
    href: Callable[[str], str]
    # The tone and the word of a code.
    status: Callable[[str], tuple[str, Any]] = lambda code: (Tone.NONE.value, code)
    # What the page says instead of the entry's detail.
    detail: Callable[[str], str] = str


def _certifications(data: Data) -> Iterable[Entry]:
    kinds = dict(Framework.Kind.choices)
    for row in data["certifications"]:
        yield Entry(
            row["slug"],
            row["framework"],
            f"{row['scope']}. {row['notes']}".removesuffix(". ") if row["notes"] else row["scope"],
            status=row["status"],
            products=row.get("products", ()),
            also=" ".join(
                [str(kinds[row["kind"]]), row["authority"], row["status_text"]]
                + [row.get(key) or "" for key in ("auditor", "number", "route", "stage")]
            ),
        )


def _products(data: Data) -> Iterable[Entry]:
    for row in data["products"]:
        plans = row.get("plans", [])
        routes = [route for route in data["routes"] if route["product"] == row["slug"]]
        told = [str(row.get(key, "")) for key in ("training", "retention", "human_review", "role", "agreements")]
        bought = [f"{route['name']} {route['about']}" for route in routes]
        yield Entry(
            row["slug"],
            row["name"],
            row["summary"],
            ", ".join(plans),
            products=[row["slug"]],
            also=" ".join(
                [*told, *bought, *(duty["task"] for duty in data["duties"] if duty["product"] == row["slug"])]
            ),
        )


def _claims(data: Data) -> Iterable[Entry]:
    topics = {row["slug"]: row["name"] for row in data["topics"]}
    for row in data["claims"]:
        status = "conflict" if row["conflicts_with"] else "overdue" if row["overdue"] else ""
        yield Entry(
            row["slug"],
            row["question"],
            row["answer"],
            topics[row["topic"]],
            status=status,
            products=row["products"],
            also=f"{row.get('not_offered', '')} {row.get('instead', '')}",
        )


def _subprocessors(data: Data) -> Iterable[Entry]:
    for row in data["subprocessors"]:
        yield Entry(
            row["slug"],
            row["name"],
            f"{row['purpose']}. {row['data']}",
            row["location"],
            status="" if row["state"] == Subprocessor.State.ACTIVE else row["state"],
            products=row["products"],
            also="subprocessor",
        )


def _updates(data: Data) -> Iterable[Entry]:
    categories = dict(Update.Category.choices)
    for row in data["updates"]:
        yield Entry(
            row["slug"],
            row["title"],
            # As a text: two asterisks make words bold.
            " ".join(row["body"].replace("**", "").split()),
            row["published_at"].date().isoformat(),
            products=row.get("products", ()),
            also=" ".join(
                [str(categories[row["category"]]), row.get("impact", ""), row.get("data", "")]
                + [entry["text"] for entry in data["timeline"] if entry["update"] == row["slug"]]
            ),
        )


def _claim_status(code: str) -> tuple[str, Any]:
    return Tone.WAIT.value, _("Sources disagree") if code == "conflict" else _("Past its review date")


# In the order of the filters, and of what a search names exactly.
SOURCES: dict[str, Source] = {
    "certification": Source(
        _("Certification"),
        _("Certifications"),
        "certificate",
        _certifications,
        lambda slug: reverse("site:certification", args=[slug]),
        lambda code: (Status(code).tone, Status(code).label),
    ),
    "product": Source(
        _("Product"), _("Products"), "columns", _products, lambda slug: reverse("site:product", args=[slug])
    ),
    "claim": Source(
        _("Answer"),
        _("Answers"),
        "question",
        _claims,
        lambda slug: f"{reverse('site:answers')}#{slug}",
        _claim_status,
    ),
    "update": Source(
        _("Update"),
        _("Updates"),
        "bell",
        _updates,
        lambda slug: reverse("certifications:update", args=[slug]),
        detail=lambda day: dates.in_full(date.fromisoformat(day)),
    ),
    "subprocessor": Source(
        _("Subprocessor"),
        _("Subprocessors"),
        "columns",
        _subprocessors,
        lambda slug: f"{reverse('certifications:subprocessors')}#{slug}",
        lambda code: (Subprocessor.State(code).tone, Subprocessor.State(code).label),
    ),
}


def add_source(kind: str, source: Source) -> None:
    """Adds a kind of fact to the search. For `AppConfig.ready` of the packages above this one."""
    SOURCES[kind] = source
