"""Rules in words: their conditions, their effects, and the choices of the form."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ndaflow.requests.countries import NAMES as COUNTRIES
from ndaflow.requests.risks import Kind
from ndaflow.rules.policy import ANY_WARNING, Clause, Effects, Fact, Op, Rule
from trustcenter.web.typed import quoted

# As many names of a list as a sentence takes; the rest is a number.
NAMED = 4


@dataclass(frozen=True)
class Names:
    """What codes in rules are called: levels and documents by their slug."""

    levels: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)


def condition(clause: Clause, names: Names) -> str:
    """What a condition says, after "when"."""
    said = {"values": _values(clause, names), "n": clause.number if clause.number is not None else "…"}
    return (_positive if clause.op in POSITIVE else _negative)(clause.fact) % said


POSITIVE = (Op.IS, Op.IN, Op.AT_MOST, Op.HAS)


def _positive(fact: Fact) -> str:
    match fact:
        case Fact.CUSTOMER:
            return _("the company is a customer")
        case Fact.CONFIRMED:
            return _("the company is confirmed")
        case Fact.DOMAIN:
            return _("the mail domain is %(values)s")
        case Fact.ADDRESS:
            return _("the address is %(values)s")
        case Fact.ALLOWED:
            return _("the address or its domain is on the list of allowed ones")
        case Fact.INVITED:
            return _("sales has invited the person to the document")
        case Fact.COVERED:
            return _("the agreements that the document requires are in force for the person")
        case Fact.COUNTRY:
            return _("the stated country is %(values)s")
        case Fact.LEVEL:
            return _("the level is %(values)s")
        case Fact.DOCUMENT:
            return _("the document is %(values)s")
        case Fact.DAYS:
            return _("the number of days is at most %(n)s")
        case Fact.DOCUMENTS:
            return _("the number of requested documents is at most %(n)s")
        case Fact.COLLEAGUES:
            return _("the number of colleagues with access is at most %(n)s")
        case Fact.RISK:
            return _("the request has %(values)s")


def _negative(fact: Fact) -> str:
    match fact:
        case Fact.CUSTOMER:
            return _("the company is not a customer")
        case Fact.CONFIRMED:
            return _("the company is not confirmed")
        case Fact.DOMAIN:
            return _("the mail domain is not %(values)s")
        case Fact.ADDRESS:
            return _("the address is not %(values)s")
        case Fact.ALLOWED:
            return _("neither the address nor its domain is on the list of allowed ones")
        case Fact.INVITED:
            return _("sales has not invited the person to the document")
        case Fact.COVERED:
            return _("an agreement that the document requires is not in force for the person")
        case Fact.COUNTRY:
            return _("a country is stated, and is not %(values)s")
        case Fact.LEVEL:
            return _("the level is not %(values)s")
        case Fact.DOCUMENT:
            return _("the document is not %(values)s")
        case Fact.DAYS:
            return _("the number of days is at least %(n)s")
        case Fact.DOCUMENTS:
            return _("the number of requested documents is at least %(n)s")
        case Fact.COLLEAGUES:
            return _("the number of colleagues with access is at least %(n)s")
        case Fact.RISK:
            return _("the request does not have %(values)s")


def _values(clause: Clause, names: Names) -> str:
    shown = [value_name(clause.fact, value, names) for value in clause.values[:NAMED]]
    if more := len(clause.values) - NAMED:
        shown += [ngettext("%(n)s more", "%(n)s more", more) % {"n": more}] if more > 0 else []
    return str(get_text_list(shown, _("or"))) if shown else "…"


def value_name(fact: Fact, value: str, names: Names) -> str:
    """One value of a condition in words; as it is if nothing is called so any more."""
    match fact:
        case Fact.COUNTRY:
            return str(COUNTRIES.get(value, value))
        case Fact.LEVEL:
            return quoted(names.levels.get(value, value))
        case Fact.DOCUMENT:
            return quoted(names.documents.get(value, value))
        case Fact.RISK if value == ANY_WARNING:
            return _("any warning")
        case Fact.RISK:
            return quoted(str(Kind(value).label)) if value in Kind.values else value
    return value


def effects(then: Effects) -> str:
    """What a rule does, as the end of its sentence."""
    parts = []
    if then.approve_days is not None:
        words = ngettext("approve for %(n)s day", "approve for %(n)s days", then.approve_days)
        parts.append(words % {"n": then.approve_days})
    if then.deny is not None:
        parts.append(_("deny: %(reason)s") % {"reason": quoted(then.deny)})
    if then.ask is not None:
        parts.append(_("ask %(question)s") % {"question": quoted(then.ask)})
    if then.two_people:
        parts.append(_("require two people"))
    if then.legal:
        parts.append(_("require legal"))
    if then.show_only:
        parts.append(_("show only, no download"))
    return str(get_text_list(parts, _("and"))) if parts else _("leave it to a person")


def sentence(rule: Rule, names: Names) -> str:
    """A rule as one sentence."""
    said = {"effects": effects(rule.then)}
    if not rule.when:
        return _("Always: %(effects)s.") % said
    conditions = [condition(clause, names) for clause in rule.when]
    return _("When %(conditions)s: %(effects)s.") % (said | {"conditions": get_text_list(conditions, _("and"))})


def fact_name(fact: Fact) -> str:
    """What a condition looks at, as a choice."""
    match fact:
        case Fact.CUSTOMER:
            return _("Customer")
        case Fact.CONFIRMED:
            return _("Confirmed company")
        case Fact.DOMAIN:
            return _("Mail domain")
        case Fact.ADDRESS:
            return _("Address")
        case Fact.ALLOWED:
            return _("List of allowed addresses and domains")
        case Fact.INVITED:
            return _("Invited by sales")
        case Fact.COVERED:
            return _("Agreements in force")
        case Fact.COUNTRY:
            return _("Stated country")
        case Fact.LEVEL:
            return _("Level")
        case Fact.DOCUMENT:
            return _("Document")
        case Fact.DAYS:
            return _("How long")
        case Fact.DOCUMENTS:
            return _("Number of documents")
        case Fact.COLLEAGUES:
            return _("Colleagues with access")
        case Fact.RISK:
            return _("Risk")


def op_name(op: Op) -> str:
    """How a condition compares, as a choice."""
    match op:
        case Op.IS:
            return _("yes")
        case Op.IS_NOT:
            return _("no")
        case Op.IN:
            return _("is one of")
        case Op.NOT_IN:
            return _("is none of")
        case Op.AT_MOST:
            return _("at most")
        case Op.AT_LEAST:
            return _("at least")
        case Op.HAS:
            return _("has one of")
        case Op.HAS_NOT:
            return _("has none of")
