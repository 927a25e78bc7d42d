"""Which documents can be the evidence of a public fact, for the pages of the admin and for the checks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from certifications.checking.findings import Place
from certifications.forms import ReviewedForm
from certifications.models import Certification, Claim, Evidenced, Product, Subprocessor


class Upload(Enum):
    """Whether readers can get a document."""

    CURRENT = "current"
    # A version is being checked, or waits for somebody to publish it.
    COMING = "coming"
    GONE = "gone"
    NEVER = "never"


@dataclass(frozen=True)
class Paper:
    """A document, as far as the public facts depend on it."""

    place: Place
    upload: Upload
    # None if it has no level, so that nobody can open it.
    level: Place | None
    is_gated: bool
    # Whether it is of a kind that readers need before they ask for anything.
    should_be_public: bool
    # Whether it has a period or an end.
    is_dated: bool
    valid_until: date | None
    # What everyone may read of it.
    texts: tuple[str, ...]


# Documents are in a higher package, which registers how to list them in `AppConfig.ready`.
Titles = Callable[[], list[tuple[str, str]]]
Papers = Callable[[], list[Paper]]
# The documents by slug, as the templates of public pages show them.
Shown = Callable[[], dict[str, Any]]
_sources: list[tuple[Titles, Papers, Shown]] = []


def add_source(titles: Titles, papers: Papers, shown: Shown) -> None:
    """Adds documents: their slugs and titles, what the checks read of them, and the rows that pages show."""
    _sources.append((titles, papers, shown))


def choices() -> list[tuple[str, str]]:
    return [document for titles, _papers, _shown in _sources for document in titles()]


def papers() -> list[Paper]:
    return [paper for _titles, found, _shown in _sources for paper in found()]


def shown() -> dict[str, Any]:
    """The documents by slug, for a preview of what names them."""
    return {slug: document for _titles, _papers, found in _sources for slug, document in found().items()}


def of(slugs: set[str]) -> list[str]:
    """The facts that name one of these documents as evidence, in words."""
    rows: list[Evidenced] = [
        *Certification.objects.select_related("framework"),
        *Claim.objects.all(),
        *Product.objects.all(),
        *Subprocessor.objects.all(),
    ]
    return [
        _("It is evidence for “%(name)s”. Remove it there first.") % {"name": row}
        for row in rows
        if slugs & {*row.evidence}
    ]


class EvidenceForm(ReviewedForm):
    """Evidence is chosen from the documents: a slug that names none would silently show no evidence."""

    evidence = forms.MultipleChoiceField(
        label=_("Evidence"), choices=choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    def clean_evidence(self) -> list[str]:
        """The chosen slugs, those that were chosen before in their order."""
        chosen: list[str] = self.cleaned_data["evidence"]
        before = self.instance.evidence
        return sorted(chosen, key=lambda slug: before.index(slug) if slug in before else len(before))
