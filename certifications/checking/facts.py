"""The public content that the checks read, loaded once. The checks themselves ask no database."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone

from certifications import evidence, posture
from certifications.checking.findings import Place
from certifications.evidence import Paper
from certifications.models import (
    Certification,
    Claim,
    Duty,
    Framework,
    Product,
    Profile,
    Reviewed,
    Route,
    Subprocessor,
    Topic,
    Update,
)
from certifications.public_sections import COMPANY, LISTS, SOURCE
from certifications.sections import Section

Row = Profile | Product | Route | Duty | Framework | Certification | Topic | Claim | Subprocessor


@dataclass(frozen=True)
class Facts:
    """The public content on a day. Documents are in a higher package and come through `certifications.evidence`."""

    today: date
    profile: Profile | None = None
    products: list[Product] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    duties: list[Duty] = field(default_factory=list)
    frameworks: list[Framework] = field(default_factory=list)
    certifications: list[Certification] = field(default_factory=list)
    topics: list[Topic] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    subprocessors: list[Subprocessor] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    # Those for everyone.
    posts: list[Update] = field(default_factory=list)

    @cached_property
    def paper(self) -> dict[str, Paper]:
        return {paper.place.slug: paper for paper in self.papers}

    @property
    def rows(self) -> Iterator[tuple[Section, Row]]:
        """Every row with its section of the content file, in the order of the file."""
        if self.profile:
            yield COMPANY, self.profile
            yield SOURCE, self.profile
        for section in LISTS:
            for row in getattr(self, section.name):
                yield section, row

    @cached_property
    def reviewed(self) -> dict[Place, Reviewed]:
        """Every fact that has a review date, by its place."""
        return {place(row): row for _section, row in self.rows if isinstance(row, Reviewed)}


def read() -> Facts:
    """The public content as it is now."""
    return Facts(
        today=timezone.localdate(),
        profile=posture.profile(),
        products=list(posture.products()),
        routes=list(posture.routes()),
        duties=list(posture.duties()),
        frameworks=list(Framework.objects.all()),
        certifications=list(posture.certifications()),
        topics=list(posture.topics()),
        claims=posture.claims(),
        subprocessors=list(posture.processing()),
        papers=evidence.papers(),
        posts=list(posture.updates().prefetch_related("timeline")),
    )


# The parts by their models. The profile is two tables of the file; what it says of the company comes first.
PARTS: dict[type[models.Model], str] = {
    Profile: COMPANY.name,
    **{section.model: section.name for section in LISTS},
}


def place(row: Row | Reviewed) -> Place:
    """Where a row is, and where it is edited."""
    model: Any = type(row)
    name = row.framework.name if isinstance(row, Certification) else str(row)
    part, slug = PARTS[model], getattr(row, "slug", "")
    edit = reverse("certifications:edit_row", args=[part, slug or part])
    return Place(part, slug, name, edit, getattr(row, "owner", ""))
