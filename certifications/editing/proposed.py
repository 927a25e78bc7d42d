"""The public content as it would be with a draft: for its preview, and for the checks before it is published."""

from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from typing import Any

from django.db import models

from certifications.checking import checks
from certifications.checking import facts as reading
from certifications.checking.facts import Facts
from certifications.checking.findings import Finding
from certifications.editing import kinds
from certifications.editing.kinds import Table
from certifications.editing.state import State
from certifications.models import Claim


def slugs(facts: Facts) -> dict[str, set[str]]:
    """The slugs that a row may name, by section."""
    listed = [name for name, part in kinds.PARTS.items() if part.is_list]
    return {name: {one.slug for one in getattr(facts, name)} for name in listed} | {"documents": set(facts.paper)}


def row(part: str, table: Table, *, facts: Facts, known: Any = None) -> Any:
    """The row that a valid table describes, with what it names, in no database. `known` is the public one."""
    section = kinds.PARTS[part].section
    values = kinds.typed(section, table)
    made: Any = copy(known) if known is not None else section.model()
    made.pk = known.pk if known is not None else 0
    made._prefetched_objects_cache = {}
    for key in section.keys:
        field = section.field_of(key)
        value = values.get(key)
        match field:
            case models.ManyToManyField():
                made._prefetched_objects_cache[field.name] = _named(facts, field.related_model, value or ())
            case models.ForeignKey():
                found = _named(facts, field.related_model, [value or ""])
                setattr(made, field.name, next(iter(found), None))
            case _:
                setattr(made, field.name, field.get_default() if value is None else value)
    if isinstance(made, Claim):
        made.contradicting = list(made.conflicts_with.all())
    return made


def facts_with(now: State, facts: Facts) -> Facts:
    """The public content with the draft, which is valid, in the place of its row."""
    assert now.draft is not None
    made = row(now.part, now.draft.table, facts=facts, known=now.row)
    if not kinds.PARTS[now.part].is_list:
        return replace(facts, profile=made)
    found = [made if one.slug == now.slug else one for one in getattr(facts, now.part)]
    if now.row is None:
        found.append(made)
    if isinstance(made, Claim):
        found = [one if one is made else _beside(one, made) for one in found]
    changed: dict[str, Any] = {now.part: found}
    return replace(facts, **changed)


def new_findings(now: State) -> list[Finding]:
    """What the checks find with the draft, and not in what is public; nothing of a draft that is not valid."""
    facts = reading.read()
    if now.draft is None or kinds.problem(now.part, now.draft.table, slug=now.slug, known=slugs(facts)):
        return []
    return _new(now, facts, checks.check(facts))


def findings(now: State, facts: Facts, *, valid: bool) -> tuple[list[Finding], list[Finding]]:
    """What the checks find about the row: in the draft and new, and in what is public already."""
    public = checks.check(facts)
    new = _new(now, facts, public) if now.draft and valid else []
    return new, [one for one in public if _is_about(one, now)]


def _new(now: State, facts: Facts, public: list[Finding]) -> list[Finding]:
    known = {_key(one) for one in public}
    return [one for one in checks.check(facts_with(now, facts)) if _key(one) not in known]


def _key(finding: Finding) -> tuple[str, ...]:
    return (finding.code.value, *(str(place) for place in finding.places))


def _is_about(finding: Finding, now: State) -> bool:
    slug = now.slug if kinds.PARTS[now.part].is_list else ""
    return (now.part, slug) in {(place.part, place.slug) for place in finding.places}


def _named(facts: Facts, model: type[models.Model], slugs: Iterable[str]) -> list[Any]:
    where = next(name for name, part in kinds.PARTS.items() if part.section.model is model)
    wanted = set(slugs)
    return [one for one in getattr(facts, where) if one.slug in wanted]


def _beside(claim: Claim, made: Claim) -> Claim:
    """Another claim, which contradicts the draft exactly if the draft contradicts it."""
    others = [one for one in claim.contradicting if one.slug != made.slug]
    if claim.slug in {one.slug for one in made.contradicting}:
        others.append(made)
    if others == claim.contradicting:
        return claim
    beside = copy(claim)
    beside.contradicting = others
    return beside
