"""Why rules decide as they do, in words: for staff, and for the record of a decision."""

from collections.abc import Mapping
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from ndaflow.rules.evaluating import Held, Verdict
from ndaflow.rules.policy import Fact
from ndaflow.rules.wording import Names, condition, effects, fact_name, value_name
from trustcenter.web.typed import quoted


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
