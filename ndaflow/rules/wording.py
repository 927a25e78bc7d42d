"""Rules, flaws and verdicts in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ndaflow.requests.countries import NAMES as COUNTRIES
from ndaflow.requests.risks import Kind
from ndaflow.rules.checking import Flaw, Problem
from ndaflow.rules.evaluating import Held, Verdict
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


def decision(verdict: Verdict) -> str:
    """What happens with the document, in half a sentence."""
    if verdict.is_for_a_person and verdict.effects.tightens:
        return _("a person decides; %(effects)s") % {"effects": effects(verdict.effects)}
    return _("a person decides") if verdict.is_for_a_person else effects(verdict.effects)


def explanation(verdict: Verdict, names: Names) -> str:
    """Why the verdict is what it is, for staff: the rule that fits, why it may not approve, and those that nearly fit."""
    said = []
    if verdict.rule is None:
        said.append(_("No rule matches."))
    elif verdict.rule.when:
        conditions = get_text_list([condition(clause, names) for clause in verdict.rule.when], _("and"))
        words = {"number": verdict.number, "name": quoted(verdict.rule.name), "conditions": conditions}
        said.append(_("Rule %(number)s, %(name)s, matches: %(conditions)s.") % words)
    else:
        words = {"number": verdict.number, "name": quoted(verdict.rule.name)}
        said.append(_("Rule %(number)s, %(name)s, always matches.") % words)
    if verdict.held is not None:
        said.append(held(verdict.held))
    said += [
        _("Rule %(number)s matches only when %(condition)s.")
        % {"number": one.number, "condition": condition(one.clause, names)}
        for one in verdict.missed
        if one.nearly_fits
    ]
    return " ".join(said)


def facts_used(facts: Mapping[str, Any], names: Names) -> str:
    """The facts that a rule read, in words, as the record of its decision keeps them."""
    said = [
        _("%(fact)s: %(value)s") % {"fact": fact_name(Fact(key)).lower(), "value": _said(Fact(key), value, names)}
        for key, value in facts.items()
        if key in set(Fact)
    ]
    return "; ".join(said)


def _said(fact: Fact, value: Any, names: Names) -> str:
    match value:
        case bool():
            return _("yes") if value else _("no")
        case list():
            return str(get_text_list([value_name(fact, one, names) for one in value], _("and"))) or _("none")
        case "":
            return _("not stated")
    return value_name(fact, str(value), names)


def held(why: Held) -> str:
    """Why a rule that fits does not approve."""
    match why:
        case Held.NO_LEVEL:
            return _("It cannot approve: the document has no level that a request can open.")
        case Held.BLOCKED:
            return _("It cannot approve: the requester is blocked.")
        case Held.STAFF:
            return _("It cannot approve: a person decides the requests of staff.")
        case Held.WARNING:
            return _(
                "It cannot approve: the request has a warning, and only a person can say why to approve despite it."
            )
        case Held.TIGHTENED:
            return _("It cannot approve: another rule has made this document stricter.")


def problem(found: Problem) -> str:
    """What is wrong with the rules, in one sentence that says what to change."""
    words = dict(found.words) | {"number": found.number}
    if "fact" in words:
        words["fact"] = fact_name(Fact(words["fact"]))
    for key in ("value", "name"):
        if key in words:
            words[key] = quoted(str(words[key]))
    return _flaw(found.flaw) % words


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


def _flaw(flaw: Flaw) -> str:
    sentences: dict[Flaw, str] = {
        Flaw.EMPTY: _("There is no rule. Add one, or switch all rules off instead."),
        Flaw.TOO_MANY: _("There are more than %(most)s rules. Remove some."),
        Flaw.NO_NAME: _("Rule %(number)s has no name. The audit log calls it by its name."),
        Flaw.SAME_NAME: _("Rule %(number)s has the name of an earlier rule, %(name)s. Give it another one."),
        Flaw.LONG_NAME: _("The name of rule %(number)s is longer than %(most)s characters."),
        Flaw.NO_EFFECT: _("Rule %(number)s does nothing. Choose what it does, or leave it to a person."),
        Flaw.CLASH: _("Rule %(number)s contradicts itself: what it does cannot be done together."),
        Flaw.NO_REASON: _("Rule %(number)s denies without a reason. Give one: the requester reads it."),
        Flaw.NO_QUESTION: _("Rule %(number)s asks, but has no question. Write it: the requester reads it."),
        Flaw.LONG_TEXT: _("Rule %(number)s has a text of more than %(most)s characters."),
        Flaw.BAD_DAYS: _("Rule %(number)s has to approve for 1 to %(most)s days."),
        Flaw.LONGER_THAN_LEVEL: _(
            "Rule %(number)s approves for %(days)s days, but its level allows at most %(longest)s."
        ),
        Flaw.NO_VALUE: _(
            "Rule %(number)s says nothing for “%(fact)s”. Choose or type a value, or remove the condition."
        ),
        Flaw.TOO_MANY_VALUES: _("Rule %(number)s has more than %(most)s values for “%(fact)s”."),
        Flaw.NO_NUMBER: _("Rule %(number)s needs a number from 0 to 10,000 for “%(fact)s”."),
        Flaw.BAD_DOMAIN: _("Rule %(number)s names %(value)s, which is not a mail domain. Write it as example.com."),
        Flaw.BAD_ADDRESS: _("Rule %(number)s names %(value)s, which is not an address. Write it as name@example.com."),
        Flaw.UNKNOWN_COUNTRY: _("Rule %(number)s names the country %(value)s, which is not known."),
        Flaw.UNKNOWN_LEVEL: _(
            "Rule %(number)s names the level %(value)s. No level that needs a request has this name."
        ),
        Flaw.UNKNOWN_DOCUMENT: _("Rule %(number)s names the document %(value)s, which nobody can request."),
        Flaw.UNKNOWN_RISK: _("Rule %(number)s names the risk %(value)s, which the desk does not show."),
        Flaw.NEVER_HOLDS: _("Rule %(number)s can never match: its conditions for “%(fact)s” contradict each other."),
        Flaw.NEVER_APPROVES: _(
            "Rule %(number)s approves requests with a warning, which no rule can. Deny them, or leave them to a person."
        ),
        Flaw.NEVER_TRIED: _(
            "Rule %(number)s is never tried: rule %(earlier)s matches whenever it does. Move it up, or remove it."
        ),
    }
    return sentences[flaw]
