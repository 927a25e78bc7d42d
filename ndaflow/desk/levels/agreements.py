"""The agreements that a level can require, and whether somebody can sign them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from ndaflow.agreements.models import Agreement, AgreementVersion


@dataclass(frozen=True)
class Offered:
    """An agreement by its short name: its title, and whether a version of it is in force."""

    slug: str
    title: str
    is_in_force: bool


def offered(at: datetime) -> dict[str, Offered]:
    """Every agreement of the site by its short name; one query."""
    versions = AgreementVersion.objects.filter(agreement=OuterRef("pk"), effective_at__lte=at)
    found = Agreement.objects.annotate(in_force=Exists(versions)).order_by("pk")
    return {one.slug: Offered(one.slug, one.title, one.in_force) for one in found}


def title_of(slug: str, known: dict[str, Offered]) -> str:
    """The title of an agreement, or its short name in capitals while it has no text."""
    return known[slug].title if slug in known else slug.upper()
