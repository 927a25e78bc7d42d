"""The desk's list of the public content: each row with its state, its review date and what the checks find."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from certifications.checking import checks
from certifications.checking import facts as reading
from certifications.checking.facts import Facts
from certifications.editing import kinds
from certifications.models import ContentDraft, Reviewed

DRAFTS = "drafts"


@dataclass(frozen=True)
class Line:
    """One row of the list. A new row has a draft and is not public yet."""

    part: str
    slug: str
    name: str
    draft: ContentDraft | None
    is_public: bool
    review_due: date | None
    is_overdue: bool
    findings: int

    @property
    def label(self) -> str:
        return str(kinds.LABELS[self.part])


@dataclass(frozen=True)
class Kind:
    """One kind of content, with the number of its rows."""

    part: str
    label: str
    count: int


def read() -> tuple[list[Kind], list[Line], int]:
    """The kinds in the order of the desk, the lines of all of them, and how much the checks find."""
    facts = reading.read()
    drafts = {(one.part, one.slug): one for one in ContentDraft.objects.select_related("saved_by")}
    findings = checks.check(facts)
    found = Counter((place.part, place.slug or place.part) for one in findings for place in set(one.places))
    lines = [
        _line(part, slug, row, drafts.pop((part, slug), None), found[part, slug])
        for part in kinds.PARTS
        for slug, row in _rows(facts, part)
    ]
    lines += [_line(one.part, one.slug, None, one, 0) for one in drafts.values() if one.part in kinds.PARTS]
    counts = Counter(line.part for line in lines)
    every = [Kind(part, str(label), counts[part]) for part, label in kinds.LABELS.items()]
    every.append(Kind(DRAFTS, _("Drafts"), sum(line.draft is not None for line in lines)))
    return every, lines, len(findings)


def _rows(facts: Facts, part: str) -> Iterator[tuple[str, Any]]:
    if kinds.PARTS[part].is_list:
        yield from ((row.slug, row) for row in getattr(facts, part))
    elif facts.profile:
        yield part, facts.profile


def _line(part: str, slug: str, row: Any, draft: ContentDraft | None, findings: int) -> Line:
    reviewed = row if isinstance(row, Reviewed) and part != "source" else None
    return Line(
        part,
        slug,
        kinds.name_of(part, row) if row is not None else draft.name if draft else slug,
        draft,
        row is not None,
        reviewed.review_due if reviewed else None,
        reviewed.is_overdue if reviewed else False,
        findings,
    )
