"""What a list of rules says about one situation. Knows no Django.

The first rule that fits decides. A rule can make a level stricter and never looser: the limits of an approval stand here
in `_held` and `_days`, and apply to every rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from ndaflow.rules.facts import Facts
from ndaflow.rules.policy import ANY_WARNING, Clause, Effects, Fact, Op, Rule


class Held(StrEnum):
    """Why a rule that fits and approves leaves the document to a person all the same."""

    NO_LEVEL = "no_level"
    BLOCKED = "blocked"
    STAFF = "staff"
    WARNING = "warning"
    TIGHTENED = "tightened"


@dataclass(frozen=True)
class Missed:
    """A rule that was tried first and does not fit, with the first condition that does not hold."""

    number: int
    clause: Clause
    # Whether another condition of it holds.
    nearly_fits: bool


@dataclass(frozen=True)
class Verdict:
    """What the rules say about one situation.

    `number` is the rule that fits, counted from 1, or None. `effects` are what it does after every limit: nothing to
    approve if it was `held`. `missed` and `used` explain it: the rules before it, and the facts that were looked at.
    """

    number: int | None = None
    rule: Rule | None = None
    effects: Effects = field(default_factory=Effects)
    held: Held | None = None
    missed: tuple[Missed, ...] = ()
    used: dict[str, Any] = field(default_factory=dict)

    @property
    def is_for_a_person(self) -> bool:
        """Whether a person has to decide."""
        return self.effects.approve_days is None and self.effects.deny is None


def evaluate(rules: Sequence[Rule], facts: Facts) -> Verdict:
    """What `rules` say about `facts`: the first rule whose conditions all hold decides."""
    missed: list[Missed] = []
    used: dict[str, Any] = {}
    for number, rule in enumerate(rules, 1):
        failing = next((clause for clause in rule.when if not holds(clause, facts)), None)
        if failing is not None:
            missed.append(Missed(number, failing, failing is not rule.when[0]))
            used[failing.fact.value] = _value(facts, failing.fact)
            continue
        used |= {clause.fact.value: _value(facts, clause.fact) for clause in rule.when}
        held = _held(facts) if rule.then.approve_days is not None else None
        return Verdict(number, rule, _limited(rule, facts, held), held, tuple(missed), used)
    return Verdict(missed=tuple(missed), used=used)


def holds(clause: Clause, facts: Facts) -> bool:
    """Whether one condition holds. One about something that is not known never does."""
    value = getattr(facts, clause.fact.value)
    match clause.op:
        case Op.IS:
            return value is True
        case Op.IS_NOT:
            return value is False
        case Op.IN:
            return value != "" and value in clause.values
        case Op.NOT_IN:
            return value != "" and bool(clause.values) and value not in clause.values
        case Op.AT_MOST:
            return clause.number is not None and value <= clause.number
        case Op.AT_LEAST:
            return clause.number is not None and value >= clause.number
        case Op.HAS:
            return bool(_risks(clause, facts))
        case Op.HAS_NOT:
            return bool(clause.values) and not _risks(clause, facts)
    raise ValueError(clause.op)


def _risks(clause: Clause, facts: Facts) -> frozenset[str]:
    """The risks of the situation that the condition names."""
    named = facts.risks & set(clause.values)
    return named | facts.warnings if ANY_WARNING in clause.values else named


def _held(facts: Facts) -> Held | None:
    """Why no rule may approve in this situation; None if one may."""
    if not facts.level or facts.longest_days < 1:
        return Held.NO_LEVEL
    if facts.blocked:
        return Held.BLOCKED
    # Who writes the rules would approve their own requests.
    if facts.is_staff:
        return Held.STAFF
    # An approval despite a warning needs the reason of a person.
    if facts.warnings:
        return Held.WARNING
    if facts.tightened:
        return Held.TIGHTENED
    return None


def _limited(rule: Rule, facts: Facts, held: Held | None) -> Effects:
    effects = rule.then
    if effects.approve_days is None:
        return effects
    if held is not None:
        return replace(effects, approve_days=None)
    days = min(effects.approve_days, facts.invited_days) if rule.relies_on_invitation else effects.approve_days
    return replace(effects, approve_days=_days(days, facts))


def _days(days: int, facts: Facts) -> int:
    """Never longer than the level allows or the requester asks for, and a day at least."""
    return max(1, min(days, facts.longest_days, facts.wanted or days))


def _value(facts: Facts, fact: Fact) -> Any:
    value = getattr(facts, fact.value)
    return sorted(value) if isinstance(value, frozenset) else value
