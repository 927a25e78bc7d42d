"""Situations written as TOML, to try rules on: `manage.py rules test FILE` and the table of the tests read them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ndaflow.requests.risks import WARNINGS
from ndaflow.rules import policy, reasons
from ndaflow.rules.evaluating import Verdict, evaluate
from ndaflow.rules.facts import Facts
from ndaflow.rules.policy import Rule
from ndaflow.rules.wording import Names

FIELDS = {field.name: field.type for field in fields(Facts)}
# What a situation says besides its facts: what it is called, and what should come of it.
SAID = {"name", "decision", "explanation"}


class Unreadable(Exception):
    """The file is not a list of situations; the text says where."""


@dataclass(frozen=True)
class Trial:
    """One situation: what it is called, its facts, and the decision and explanation it should have, or ""."""

    name: str
    facts: Facts
    decision: str
    explanation: str


@dataclass(frozen=True)
class Result:
    """What the rules say about one trial."""

    trial: Trial
    verdict: Verdict
    decision: str
    explanation: str

    @property
    def is_as_expected(self) -> bool:
        expected = (self.trial.decision or self.decision, self.trial.explanation or self.explanation)
        return expected == (self.decision, self.explanation)


@dataclass(frozen=True)
class Trials:
    """A file: its rules, or none to use those in force; the names of its levels and documents; its situations."""

    rules: tuple[Rule, ...] | None
    names: Names
    trials: tuple[Trial, ...]

    def results(self, rules: tuple[Rule, ...], names: Names) -> list[Result]:
        known = Names({**names.levels, **self.names.levels}, {**names.documents, **self.names.documents})
        return [_result(trial, evaluate(rules, trial.facts), known) for trial in self.trials]


def read(text: str, longest: Mapping[str, int]) -> Trials:
    """The trials of a TOML file; `longest` are the longest days of the site's levels. Raises Unreadable."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(str(error)) from error
    if unknown := data.keys() - {"levels", "documents", "rules", "situations"}:
        raise Unreadable(f"{min(unknown)} is not known: a file has levels, documents, rules and situations")
    levels = data.get("levels", {})
    try:
        own = {slug: int(level["longest_days"]) for slug, level in levels.items()}
        names = Names({slug: str(level["name"]) for slug, level in levels.items()}, data.get("documents", {}))
        rules = policy.read(data["rules"]) if "rules" in data else None
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"levels have a name and longest_days, and rules: {error}") from error
    situations = data.get("situations", [])
    return Trials(
        rules, names, tuple(_trial(one, number, {**longest, **own}) for number, one in enumerate(situations, 1))
    )


def _trial(data: Mapping[str, Any], number: int, longest: Mapping[str, int]) -> Trial:
    name = str(data.get("name", f"Situation {number}"))
    given = {key: value for key, value in data.items() if key not in SAID}
    for key, value in given.items():
        if key not in FIELDS:
            raise Unreadable(f"{name}: {key} is not a fact. Facts are {', '.join(sorted(FIELDS))}")
        if FIELDS[key] == frozenset[str]:
            given[key] = frozenset(value)
        elif type(value) is not FIELDS[key]:
            raise Unreadable(f"{name}: {key} is {value!r}")
    warned = given.get("risks", frozenset()) & {kind.value for kind in WARNINGS}
    facts = Facts(**{"warnings": warned, "longest_days": longest.get(given.get("level", ""), 0), **given})
    return Trial(name, facts, str(data.get("decision", "")), str(data.get("explanation", "")))


def _result(trial: Trial, verdict: Verdict, names: Names) -> Result:
    return Result(trial, verdict, reasons.decision(verdict), reasons.explanation(verdict, names))
