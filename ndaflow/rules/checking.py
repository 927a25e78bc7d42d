"""What is wrong with a list of rules before it is in force: contradictions, rules that never fit, missing words.

Knows no Django. `Flaw` has its sentences in `wording`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ndaflow.rules.policy import ANY_WARNING, Effects, Fact, Rule
from ndaflow.rules.regions import Known, Region

MOST_RULES, MOST_VALUES, LONGEST_TEXT, LONGEST_NAME, LONGEST_DAYS = 50, 500, 2000, 80, 3 * 365
DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class Flaw(StrEnum):
    """What is wrong with the list, or with one rule."""

    EMPTY = "empty"
    TOO_MANY = "too_many"
    NO_NAME = "no_name"
    SAME_NAME = "same_name"
    LONG_NAME = "long_name"
    NO_EFFECT = "no_effect"
    CLASH = "clash"
    NO_REASON = "no_reason"
    NO_QUESTION = "no_question"
    LONG_TEXT = "long_text"
    BAD_DAYS = "bad_days"
    LONGER_THAN_LEVEL = "longer_than_level"
    NO_VALUE = "no_value"
    TOO_MANY_VALUES = "too_many_values"
    NO_NUMBER = "no_number"
    BAD_DOMAIN = "bad_domain"
    BAD_ADDRESS = "bad_address"
    UNKNOWN_COUNTRY = "unknown_country"
    UNKNOWN_LEVEL = "unknown_level"
    UNKNOWN_DOCUMENT = "unknown_document"
    UNKNOWN_RISK = "unknown_risk"
    NEVER_HOLDS = "never_holds"
    NEVER_APPROVES = "never_approves"
    NEVER_TRIED = "never_tried"


@dataclass(frozen=True)
class Problem:
    """One flaw: of rule `number`, or of the whole list. `words` are what its sentence names."""

    flaw: Flaw
    number: int | None = None
    words: Mapping[str, Any] = field(default_factory=dict)


def problems(rules: Sequence[Rule], known: Known) -> list[Problem]:
    """Everything that is wrong with the rules, in their order; nothing if they may be published."""
    found: list[Problem] = []
    if not rules:
        found.append(Problem(Flaw.EMPTY))
    if len(rules) > MOST_RULES:
        found.append(Problem(Flaw.TOO_MANY, None, {"most": MOST_RULES}))
    names = [rule.name.casefold() for rule in rules]
    for number, rule in enumerate(rules, 1):
        own = [*_names(rule, names[: number - 1]), *_conditions(rule, known), *_effects(rule.then)]
        own = own or [*_agreement(rule, known)]
        found += [Problem(problem.flaw, number, problem.words) for problem in own]
    if not found:
        found += _order(rules, known)
    return found


def _names(rule: Rule, earlier: Sequence[str]) -> Iterator[Problem]:
    if not rule.name.strip():
        yield Problem(Flaw.NO_NAME)
    elif rule.name.casefold() in earlier:
        yield Problem(Flaw.SAME_NAME, None, {"name": rule.name})
    if len(rule.name) > LONGEST_NAME:
        yield Problem(Flaw.LONG_NAME, None, {"most": LONGEST_NAME})


def _conditions(rule: Rule, known: Known) -> Iterator[Problem]:
    for clause in rule.when:
        fact = {"fact": clause.fact.value}
        if clause.fact.is_yes_or_no:
            continue
        if clause.fact.is_number:
            if clause.number is None or not 0 <= clause.number <= 10000:
                yield Problem(Flaw.NO_NUMBER, None, fact)
        elif not clause.values:
            yield Problem(Flaw.NO_VALUE, None, fact)
        elif len(clause.values) > MOST_VALUES:
            yield Problem(Flaw.TOO_MANY_VALUES, None, fact | {"most": MOST_VALUES})
        else:
            flaw, is_good = _spelling(clause.fact, known)
            if wrong := [value for value in clause.values if not is_good(value)]:
                yield Problem(flaw, None, fact | {"value": wrong[0][:80]})


def _spelling(fact: Fact, known: Known) -> tuple[Flaw, Callable[[str], object]]:
    match fact:
        case Fact.DOMAIN:
            return Flaw.BAD_DOMAIN, DOMAIN.fullmatch
        case Fact.ADDRESS:
            return Flaw.BAD_ADDRESS, _is_address
        case Fact.COUNTRY:
            return Flaw.UNKNOWN_COUNTRY, known.countries.__contains__
        case Fact.LEVEL:
            return Flaw.UNKNOWN_LEVEL, known.levels.__contains__
        case Fact.DOCUMENT:
            return Flaw.UNKNOWN_DOCUMENT, known.documents.__contains__
        case _:
            return Flaw.UNKNOWN_RISK, (known.risks | {ANY_WARNING}).__contains__


def _is_address(value: str) -> bool:
    local, at, domain = value.rpartition("@")
    return bool(local and at and len(value) <= 254 and not re.search(r"\s", local) and DOMAIN.fullmatch(domain))


def _effects(then: Effects) -> Iterator[Problem]:
    stops = [then.approve_days is not None, then.deny is not None, then.person]
    if not any(stops) and not then.tightens:
        yield Problem(Flaw.NO_EFFECT)
    # Shown only goes with an approval. Everything else that asks something of people does not.
    asks_people = then.two_people or then.legal or then.ask is not None
    if sum(stops) > 1 or (any(stops) and asks_people) or ((then.deny is not None or then.person) and then.show_only):
        yield Problem(Flaw.CLASH)
    if then.approve_days is not None and not 1 <= then.approve_days <= LONGEST_DAYS:
        yield Problem(Flaw.BAD_DAYS, None, {"most": LONGEST_DAYS})
    for text, missing in ((then.deny, Flaw.NO_REASON), (then.ask, Flaw.NO_QUESTION)):
        if text is not None and not text.strip():
            yield Problem(missing)
        elif text is not None and len(text) > LONGEST_TEXT:
            yield Problem(Flaw.LONG_TEXT, None, {"most": LONGEST_TEXT})


def _agreement(rule: Rule, known: Known) -> Iterator[Problem]:
    """Whether the conditions of one rule agree with each other and with what it does."""
    region = Region.of(rule, known)
    if (fact := region.empty_at) is not None:
        yield Problem(Flaw.NEVER_HOLDS, None, {"fact": fact.value})
        return
    if rule.then.approve_days is None:
        return
    if any(some <= known.warnings for some in region.has):
        yield Problem(Flaw.NEVER_APPROVES)
    levels = region.sets[Fact.LEVEL].inside if Fact.LEVEL in region.sets else None
    longest = max((known.levels[level] for level in levels), default=0) if levels else LONGEST_DAYS
    if rule.then.approve_days > longest:
        yield Problem(Flaw.LONGER_THAN_LEVEL, None, {"days": rule.then.approve_days, "longest": longest})


def _order(rules: Sequence[Rule], known: Known) -> Iterator[Problem]:
    """The rules that are never tried, because an earlier one fits whenever they do."""
    regions = [Region.of(rule, known) for rule in rules]
    for number, region in enumerate(regions, 1):
        for earlier, wider in enumerate(regions[: number - 1], 1):
            if region.lies_in(wider):
                yield Problem(Flaw.NEVER_TRIED, number, {"earlier": earlier})
                break
