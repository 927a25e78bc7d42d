"""What is wrong with rules, in words."""

from django.utils.translation import gettext as _

from ndaflow.rules.checking import Flaw, Problem
from ndaflow.rules.policy import Fact
from ndaflow.rules.wording import fact_name
from trustcenter.web.typed import quoted


def problem(found: Problem) -> str:
    """What is wrong with the rules, in one sentence that says what to change."""
    words = dict(found.words) | {"number": found.number}
    if "fact" in words:
        words["fact"] = fact_name(Fact(words["fact"]))
    for key in ("value", "name"):
        if key in words:
            words[key] = quoted(str(words[key]))
    return _flaw(found.flaw) % words


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
