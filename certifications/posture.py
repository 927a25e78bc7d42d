"""The facts of the public pages and of /posture.json, which both read them here, so that they cannot differ."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from certifications.content import (
    ASPECTS,
    BRANDED,
    CERTIFICATIONS,
    CLAIMS,
    DUTIES,
    PRODUCTS,
    ROUTES,
    SOURCE,
    SUBPROCESSORS,
    TIMELINE,
    TOPICS,
    UPDATES,
)
from certifications.models import (
    Certification,
    Claim,
    Duty,
    IncidentEntry,
    Product,
    Profile,
    Reviewed,
    Route,
    Subprocessor,
    Topic,
    Update,
)
from certifications.sections import Section


def profile() -> Profile | None:
    return Profile.objects.first()


def legal_name() -> str:
    """The operator as a party of agreements; empty before anything is published."""
    company = profile()
    return company.legal_name if company else ""


def certifications() -> QuerySet[Certification]:
    return Certification.objects.select_related("framework")


def products() -> QuerySet[Product]:
    return Product.objects.all()


def routes() -> QuerySet[Route]:
    return Route.objects.select_related("product")


def duties() -> QuerySet[Duty]:
    return Duty.objects.select_related("product")


def topics() -> QuerySet[Topic]:
    return Topic.objects.all()


def subprocessors() -> QuerySet[Subprocessor]:
    return Subprocessor.objects.prefetch_related("products")


def updates() -> QuerySet[Update]:
    """The posts for everyone, the newest first."""
    return Update.objects.filter(published_at__lte=timezone.now(), level="")


def timeline() -> QuerySet[IncidentEntry]:
    """The entries of the incidents that everyone may read about, in the order of their posts."""
    return IncidentEntry.objects.filter(update__in=updates()).select_related("update")


def processing() -> QuerySet[Subprocessor]:
    """Those that process data today, or will."""
    return subprocessors().exclude(ended__lt=timezone.localdate())


def claims() -> list[Claim]:
    """Every claim in order, with its products and the claims that contradict it, in three queries."""
    found = list(Claim.objects.select_related("topic", "certification").prefetch_related("products", "conflicts_with"))
    by_pk = {claim.pk: claim for claim in found}
    for claim in found:
        # Use the same objects, so that the products of a contradicting claim are not read again.
        claim.contradicting = [by_pk[other.pk] for other in claim.conflicts_with.all()]
    return found


def most_asked(found: Iterable[Claim], at_most: int = 6) -> list[Claim]:
    """The featured claims, then the newest."""
    return sorted(found, key=lambda claim: (not claim.featured, -claim.as_of.toordinal()))[:at_most]


ASPECT_LABELS = (
    _("Training on your data"),
    _("How long data is kept"),
    _("Read by people"),
    _("Role under data protection law"),
    _("Agreements"),
)


@dataclass(frozen=True)
class Cell:
    """One product's answer: a word with its tone, and the text that explains it, in the product's field `aspect`."""

    product: Product
    aspect: str
    word: str
    tone: str
    text: str

    @property
    def word_field(self) -> str:
        return f"{self.aspect}_word"


@dataclass(frozen=True)
class Row:
    label: str
    cells: list[Cell]


def comparison(compared: Iterable[Product]) -> list[Row]:
    """What the products do with customers' data, aspect by aspect."""
    found = list(compared)
    return [
        Row(str(label), [_cell(product, aspect) for product in found])
        for aspect, label in zip(ASPECTS, ASPECT_LABELS, strict=True)
    ]


def _cell(product: Product, aspect: str) -> Cell:
    word, tone = getattr(product, f"{aspect}_word"), getattr(product, f"{aspect}_tone")
    return Cell(product, aspect, word, tone or "none", getattr(product, aspect))


def not_offered(found: Iterable[Claim]) -> list[Claim]:
    """The claims that say what customers cannot have."""
    return [claim for claim in found if claim.not_offered]


def disagreements(found: Iterable[Claim]) -> int:
    """The number of questions on which the sources disagree. Claims that contradict each other count as one."""
    groups = {frozenset({claim.pk, *(other.pk for other in claim.contradicting)}) for claim in found}
    return sum(len(group) > 1 for group in groups)


# Raised when a program that reads /posture.json could misunderstand the new form.
VERSION = 1


@dataclass(frozen=True)
class Part:
    """One part of /posture.json: a table, or a list of tables with slugs."""

    noun: Any
    # Where its keys and their fields are.
    section: Section
    read: Callable[[], Any]
    # The key of the name that people know a row by.
    name: str = "name"
    is_list: bool = True

    def name_of(self, row: Mapping[str, Any]) -> str:
        return str(row.get(self.name, ""))


def _company() -> dict[str, Any]:
    company = profile()
    return _reviewed(BRANDED, company) if company else {}


def _source() -> dict[str, Any]:
    company = profile()
    return SOURCE.table_of(company) if company else {}


# In the order of the file. Documents are in a higher package, which adds its parts in `AppConfig.ready`.
PARTS: dict[str, Part] = {
    "company": Part(_("company"), BRANDED, _company, is_list=False),
    "source": Part(_("source"), SOURCE, _source, name="title", is_list=False),
    "products": Part(_("product"), PRODUCTS, lambda: [_reviewed(PRODUCTS, one) for one in products()]),
    "routes": Part(_("way to buy"), ROUTES, lambda: [ROUTES.table_of(one) for one in routes()]),
    "duties": Part(_("task"), DUTIES, lambda: [DUTIES.table_of(one) for one in duties()], name="task"),
    "certifications": Part(
        _("certification"),
        CERTIFICATIONS,
        lambda: [_certification(one) for one in certifications().prefetch_related("products")],
        name="framework",
    ),
    "topics": Part(_("topic"), TOPICS, lambda: [_in_english(TOPICS, one) for one in topics()]),
    "claims": Part(_("answer"), CLAIMS, lambda: [_claim(one) for one in claims()], name="question"),
    "subprocessors": Part(_("subprocessor"), SUBPROCESSORS, lambda: [_subprocessor(one) for one in subprocessors()]),
    "updates": Part(
        _("post"),
        UPDATES,
        lambda: [_in_english(UPDATES, one) for one in updates().prefetch_related("products", "certifications")],
        name="title",
    ),
    "timeline": Part(
        _("timeline entry"), TIMELINE, lambda: [TIMELINE.table_of(one) for one in timeline()], name="text"
    ),
}


def add_part(name: str, part: Part) -> None:
    """Adds a part to /posture.json."""
    PARTS[name] = part


def as_data() -> dict[str, Any]:
    """The public facts as /posture.json has them: the tables of the content file as they are today."""
    # In one language: the bytes must not depend on who changed something.
    with translation.override(settings.LANGUAGE_CODE):
        found = {name: part.read() for name, part in PARTS.items()}
    return {"version": VERSION, "as_of": found["company"].get("as_of")} | found


def as_text(data: Mapping[str, Any] | None = None) -> str:
    """The text of /posture.json; of `data` if `as_data` has been read already."""
    return json.dumps(data or as_data(), cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)


def _reviewed(section: Section, row: Reviewed) -> dict[str, Any]:
    """A reviewed fact with its dates. Who reviews it is for staff only."""
    table = _in_english(section, row)
    table.pop("owner", None)
    return table | {"review_by": row.review_due, "overdue": row.is_overdue}


def _in_english(section: Section, row: Model) -> dict[str, Any]:
    """A fact without its translations: the English text is the one that counts."""
    table = section.table_of(row)
    table.pop("translations", None)
    return table


def _certification(certification: Certification) -> dict[str, Any]:
    return _reviewed(CERTIFICATIONS, certification) | {
        "framework": certification.framework.name,
        "framework_slug": certification.framework.slug,
        "kind": certification.framework.kind,
        "authority": certification.framework.authority,
        "status": certification.status,
        "status_text": certification.status_text,
        "expired": certification.status == certification.status.EXPIRED,
        "evidence": certification.evidence,
        "valid_until": certification.valid_until,
        "period_start": certification.period_start,
        "period_end": certification.period_end,
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return _reviewed(CLAIMS, claim) | {
        "certification": claim.certification.slug if claim.certification else None,
    }


def _subprocessor(row: Subprocessor) -> dict[str, Any]:
    return _reviewed(SUBPROCESSORS, row) | {"state": row.state, "notice_days": row.notice_days}
