"""Which documents can be the evidence of a certification or claim, for the pages of the admin."""

from collections.abc import Callable

from django import forms
from django.utils.translation import gettext_lazy as _

from certifications.models import Certification, Claim
from trustcenter.audit.admin import FreshForm

# Slugs and titles. Documents are in a higher package, which registers how to list them in `AppConfig.ready`.
Documents = Callable[[], list[tuple[str, str]]]
_sources: list[Documents] = []


def add_source(documents: Documents) -> None:
    _sources.append(documents)


def choices() -> list[tuple[str, str]]:
    return [document for documents in _sources for document in documents()]


def of(slugs: set[str]) -> list[str]:
    """The certifications and claims that name one of these documents as evidence, in words."""
    rows: list[Certification | Claim] = [*Certification.objects.select_related("framework"), *Claim.objects.all()]
    return [
        _("Evidence of “%(name)s”. Take it out there first.") % {"name": row} for row in rows if slugs & {*row.evidence}
    ]


class EvidenceForm(FreshForm):
    """Evidence is chosen from the documents: a slug that names none would silently show no evidence."""

    evidence = forms.MultipleChoiceField(
        label=_("Evidence"), choices=choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    def clean_evidence(self) -> list[str]:
        """The chosen slugs, those that were chosen before in their order."""
        chosen: list[str] = self.cleaned_data["evidence"]
        before = self.instance.evidence
        return sorted(chosen, key=lambda slug: before.index(slug) if slug in before else len(before))
