"""Rules as data: what a rule looks at, what it does, and how both are written as JSON. Knows no Django."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

# A risk that stands for every warning.
ANY_WARNING = "any_warning"


class Op(StrEnum):
    """How a condition compares."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    AT_MOST = "at_most"
    AT_LEAST = "at_least"
    HAS = "has"
    HAS_NOT = "has_not"


class Fact(StrEnum):
    """What a condition looks at. Each is a field of `facts.Facts`, by this name."""

    CUSTOMER = "customer"
    CONFIRMED = "confirmed"
    DOMAIN = "domain"
    ADDRESS = "address"
    ALLOWED = "allowed"
    INVITED = "invited"
    COVERED = "covered"
    COUNTRY = "country"
    LEVEL = "level"
    DOCUMENT = "document"
    DAYS = "days"
    DOCUMENTS = "documents"
    COLLEAGUES = "colleagues"
    RISK = "risks"

    @property
    def ops(self) -> tuple[Op, ...]:
        """How it can be compared; the first is the usual one."""
        match self:
            case Fact.CUSTOMER | Fact.CONFIRMED | Fact.ALLOWED | Fact.INVITED | Fact.COVERED:
                return Op.IS, Op.IS_NOT
            case Fact.DAYS | Fact.DOCUMENTS | Fact.COLLEAGUES:
                return Op.AT_MOST, Op.AT_LEAST
            case Fact.RISK:
                return Op.HAS, Op.HAS_NOT
            case _:
                return Op.IN, Op.NOT_IN

    @property
    def is_yes_or_no(self) -> bool:
        return Op.IS in self.ops

    @property
    def is_number(self) -> bool:
        return Op.AT_MOST in self.ops


@dataclass(frozen=True)
class Clause:
    """One condition. `values` are codes or what was typed; `number` is for comparisons of numbers."""

    fact: Fact
    op: Op
    values: tuple[str, ...] = ()
    number: int | None = None


@dataclass(frozen=True)
class Effects:
    """What a rule does when it fits. Nothing at all leaves the document to a person."""

    approve_days: int | None = None
    deny: str | None = None
    two_people: bool = False
    legal: bool = False
    show_only: bool = False
    ask: str | None = None
    person: bool = False

    @property
    def tightens(self) -> bool:
        return self.two_people or self.legal or self.show_only or self.ask is not None


@dataclass(frozen=True)
class Rule:
    """One rule: all its conditions have to hold. `key` stays when the rule is edited or moved."""

    name: str
    when: tuple[Clause, ...] = ()
    then: Effects = field(default_factory=Effects)
    key: str = ""

    @property
    def relies_on_invitation(self) -> bool:
        """Whether it fits only people whom sales has invited. Its approval is then never longer than the invitation."""
        return any(clause.fact is Fact.INVITED and clause.op is Op.IS for clause in self.when)


def as_data(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """The rules as JSON, which `read` reads."""
    return [
        {
            "key": rule.key,
            "name": rule.name,
            "when": [_clause_as_data(clause) for clause in rule.when],
            "then": {name: value for name, value in vars(rule.then).items() if value not in (None, False)},
        }
        for rule in rules
    ]


def read(data: Any) -> tuple[Rule, ...]:
    """The rules that a list of mappings describes. Raises ValueError with a sentence for what is not of that form."""
    if not isinstance(data, Sequence) or isinstance(data, str):
        raise ValueError("rules are a list")
    return tuple(_rule(one, number) for number, one in enumerate(data, 1))


def _clause_as_data(clause: Clause) -> dict[str, Any]:
    written: dict[str, Any] = {"fact": clause.fact.value, "op": clause.op.value}
    if clause.values:
        written["values"] = list(clause.values)
    if clause.number is not None:
        written["number"] = clause.number
    return written


def _rule(data: Any, number: int) -> Rule:
    if not isinstance(data, Mapping) or (unknown := data.keys() - {"key", "name", "when", "then"}):
        raise ValueError(f"rule {number} has a name, when and then" + (f", not {min(unknown)}" if data else ""))
    try:
        when = tuple(_clause(one) for one in data.get("when", ()))
        then = _effects(data.get("then", {}))
    except (TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"rule {number}: {error}") from error
    return Rule(str(data.get("name", "")), when, then, str(data.get("key", "")))


def _clause(data: Mapping[str, Any]) -> Clause:
    fact, op = Fact(data["fact"]), Op(data["op"]) if "op" in data else None
    op = op or fact.ops[0]
    if op not in fact.ops:
        raise ValueError(f"{fact} cannot be compared by {op}")
    number = data.get("number")
    if number is not None and type(number) is not int:
        raise ValueError(f"{fact} takes a whole number")
    return Clause(fact, op, tuple(str(value) for value in data.get("values", ())), number)


def _effects(data: Mapping[str, Any]) -> Effects:
    kinds = {"approve_days": int, "deny": str, "ask": str}
    for name, value in data.items():
        if type(value) is not kinds.get(name, bool):
            raise ValueError(f"then.{name} is {value!r}")
    return Effects(**data)
