"""The situations in which a rule fits, so that rules can be compared without trying them. Knows no Django."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ndaflow.rules.policy import ANY_WARNING, Clause, Fact, Op, Rule


@dataclass(frozen=True)
class Known:
    """What conditions can name: levels with their longest days, documents with their level, countries, risks."""

    levels: Mapping[str, int] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    countries: frozenset[str] = frozenset()
    risks: frozenset[str] = frozenset()
    warnings: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Codes:
    """The codes that a fact may have: these, or with `inside` None every known one but those `outside`."""

    inside: frozenset[str] | None = None
    outside: frozenset[str] = frozenset()

    def __and__(self, other: "Codes") -> "Codes":
        outside = self.outside | other.outside
        if self.inside is None and other.inside is None:
            return Codes(None, outside)
        both = [one.inside for one in (self, other) if one.inside is not None]
        return Codes(frozenset.intersection(*both) - outside)

    def lies_in(self, other: "Codes") -> bool:
        if self.inside is not None:
            return self.inside - other.outside <= (self.inside if other.inside is None else other.inside)
        return other.inside is None and other.outside <= self.outside


@dataclass(frozen=True)
class Region:
    """All situations in which a rule fits, fact by fact. A fact that is missing may be anything, also unknown."""

    sets: Mapping[Fact, Codes]
    ranges: Mapping[Fact, tuple[float, float]]
    # Of each of these sets of risks at least one is there; of `has_not`, none.
    has: frozenset[frozenset[str]]
    has_not: frozenset[str]

    @classmethod
    def of(cls, rule: Rule, known: Known) -> "Region":
        sets: dict[Fact, Codes] = {}
        ranges: dict[Fact, tuple[float, float]] = {}
        for clause in rule.when:
            fact = clause.fact
            if fact.is_number:
                low, high = ranges.get(fact, (0, float("inf")))
                number = clause.number or 0
                ranges[fact] = (low, min(high, number)) if clause.op is Op.AT_MOST else (max(low, number), high)
            elif fact is not Fact.RISK:
                sets[fact] = sets.get(fact, Codes()) & _codes(clause, known)
        _narrow(sets, known)
        risks = [clause for clause in rule.when if clause.fact is Fact.RISK]
        return cls(
            sets,
            ranges,
            frozenset(_named(clause, known) for clause in risks if clause.op is Op.HAS),
            frozenset().union(*(_named(clause, known) for clause in risks if clause.op is Op.HAS_NOT)),
        )

    @property
    def empty_at(self) -> Fact | None:
        """The fact whose conditions can never hold together; None if the rule can fit."""
        for fact, codes in self.sets.items():
            if codes.inside is not None and not codes.inside:
                return fact
        for fact, (low, high) in self.ranges.items():
            if low > high:
                return fact
        return Fact.RISK if any(some <= self.has_not for some in self.has) else None

    def lies_in(self, other: "Region") -> bool:
        """Whether every situation of this region is one of the other, as far as can be told from the rules alone."""
        return (
            all(fact in self.sets and self.sets[fact].lies_in(codes) for fact, codes in other.sets.items())
            and all(
                fact in self.ranges and low <= self.ranges[fact][0] and self.ranges[fact][1] <= high
                for fact, (low, high) in other.ranges.items()
            )
            and all(any(mine <= some for mine in self.has) for some in other.has)
            and other.has_not <= self.has_not
        )


def _codes(clause: Clause, known: Known) -> Codes:
    values = frozenset(clause.values)
    match clause.op:
        case Op.IS:
            return Codes(frozenset({"yes"}))
        case Op.IS_NOT:
            return Codes(frozenset({"no"}))
        case Op.IN:
            return Codes(values)
    # Of levels and documents, every one is known, so that the others can be named.
    every = {Fact.LEVEL: known.levels, Fact.DOCUMENT: known.documents}.get(clause.fact)
    return Codes(None, values) if every is None else Codes(frozenset(every) - values)


def _narrow(sets: dict[Fact, Codes], known: Known) -> None:
    """Lets facts that say something about each other do so: a document has one level, an address one domain."""
    documents, levels = sets.get(Fact.DOCUMENT, Codes()).inside, sets.get(Fact.LEVEL, Codes()).inside
    if documents is not None and levels is not None:
        sets[Fact.DOCUMENT] = Codes(frozenset(one for one in documents if known.documents.get(one) in levels))
    addresses, domains = sets.get(Fact.ADDRESS, Codes()).inside, sets.get(Fact.DOMAIN)
    if addresses is not None and domains is not None:
        fitting = (one for one in addresses if Codes(frozenset({one.rpartition("@")[2]})).lies_in(domains))
        sets[Fact.ADDRESS] = Codes(frozenset(fitting))


def _named(clause: Clause, known: Known) -> frozenset[str]:
    """The risks that a condition names."""
    values = frozenset(clause.values)
    return (values - {ANY_WARNING}) | known.warnings if ANY_WARNING in values else values
