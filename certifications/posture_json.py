"""The file /posture.json: the public facts for programs, as the content file has them today."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from certifications import posture
from certifications.models import Certification, Claim, Reviewed, Subprocessor
from certifications.public_sections import (
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
from certifications.sections import Section

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
    company = posture.profile()
    return _reviewed(BRANDED, company) if company else {}


def _source() -> dict[str, Any]:
    company = posture.profile()
    return SOURCE.table_of(company) if company else {}


# In the order of the file. Documents are in a higher package, which adds its parts in `AppConfig.ready`.
PARTS: dict[str, Part] = {
    "company": Part(_("company"), BRANDED, _company, is_list=False),
    "source": Part(_("source"), SOURCE, _source, name="title", is_list=False),
    "products": Part(_("product"), PRODUCTS, lambda: [_reviewed(PRODUCTS, one) for one in posture.products()]),
    "routes": Part(_("way to buy"), ROUTES, lambda: [ROUTES.table_of(one) for one in posture.routes()]),
    "duties": Part(_("task"), DUTIES, lambda: [DUTIES.table_of(one) for one in posture.duties()], name="task"),
    "certifications": Part(
        _("certification"),
        CERTIFICATIONS,
        lambda: [_certification(one) for one in posture.certifications().prefetch_related("products")],
        name="framework",
    ),
    "topics": Part(_("topic"), TOPICS, lambda: [_in_english(TOPICS, one) for one in posture.topics()]),
    "claims": Part(_("answer"), CLAIMS, lambda: [_claim(one) for one in posture.claims()], name="question"),
    "subprocessors": Part(
        _("subprocessor"), SUBPROCESSORS, lambda: [_subprocessor(one) for one in posture.subprocessors()]
    ),
    "updates": Part(
        _("post"),
        UPDATES,
        lambda: [_in_english(UPDATES, one) for one in posture.updates().prefetch_related("products", "certifications")],
        name="title",
    ),
    "timeline": Part(
        _("timeline entry"), TIMELINE, lambda: [TIMELINE.table_of(one) for one in posture.timeline()], name="text"
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
