"""The one sentence at the top of a request's page."""

from collections import Counter
from collections.abc import Sequence

from django.contrib.humanize.templatetags.humanize import apnumber
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ndaflow.agreements.needed import Needed, named
from ndaflow.requests.progress import Row, Situation, State, ended_at
from trustcenter.web.dates import written


def headline(rows: Sequence[Row], situation: Situation) -> str:
    """How the request stands: "Your turn: sign the NDA", or "One document is open, one needs your signature"."""
    if len({row.state for row in rows}) == 1:
        return _all_alike(rows, situation)
    counts = Counter(_told_as(row.state) for row in rows)
    if counts[State.EXPIRED] == len(rows):
        return _("Your access has ended")
    if counts[State.SIGN] == len(rows):
        return _sign(rows, situation)
    first, *further = [state for state in State if counts[state]]
    parts = [_part(first, counts[first]), *(_further_part(state, counts[state]) for state in further)]
    return capfirst(", ".join(parts))


def _number(n: int) -> str:
    """A number within a headline: in English a word up to nine. Elsewhere its word would depend on the noun."""
    return str(apnumber(n)) if get_language() == "en" else str(n)


def _told_as(state: State) -> State:
    """States that differ in the row of the document and not in the headline."""
    match state:
        case State.SIGN_AGAIN:
            return State.SIGN
        case State.OUTGROWN | State.REPLACED | State.REVOKED:
            return State.EXPIRED
        case _:
            return state


def _all_alike(rows: Sequence[Row], situation: Situation) -> str:
    first = rows[0]
    match first.state:
        case State.OPEN:
            return ngettext("Your document is open", "Your %(n)s documents are open", len(rows)) % {
                "n": _number(len(rows))
            }
        case State.ANSWER:
            return _("Your turn: answer our question")
        case State.SIGN:
            return _sign(rows, situation)
        case State.SIGN_AGAIN:
            return _sign_again(rows, situation)
        case State.NO_AGREEMENT:
            return _("We are preparing %(agreements)s") % {"agreements": named(_missing(rows, situation))}
        case State.REVIEW:
            return _("We are reviewing your request")
        case State.DENIED:
            return _("Your request was denied")
        case State.WITHDRAWN:
            return _("You withdrew this request")
        case State.TAKEN_OVER:
            return _("A colleague took over your request")
        case State.REVOKED:
            return _("Your access was revoked")
        case State.EXPIRED:
            last = max(ended_at(row.item.grant) for row in rows if row.item.grant)
            return _("Your access ended on %(day)s") % {"day": written(localtime(last), "j F Y")}
        case _:
            return _("Your access has ended")


def _missing(rows: Sequence[Row], situation: Situation) -> list[Needed]:
    """The agreements that these documents wait for, each once."""
    found = {one.slug: one for row in rows for one in situation.missing(row.item)}
    return list(found.values())


def _sign(rows: Sequence[Row], situation: Situation) -> str:
    return _("Your turn: sign %(agreements)s") % {"agreements": named(_missing(rows, situation))}


def _sign_again(rows: Sequence[Row], situation: Situation) -> str:
    missing = _missing(rows, situation)
    names = {
        "agreements": named(missing),
        "document": rows[0].item.document.in_language("title")[0] if len(rows) == 1 else _("your documents"),
    }
    if len(missing) == 1 and (only := missing[0]).has_changed and only.version is not None:
        names |= {"agreement": only.title, "number": str(only.version.number)}
        return _("The %(agreement)s has changed: sign version %(number)s to open %(document)s") % names
    if not any(one.may_be_signed for one in missing):
        return _("%(document)s: we are preparing %(agreements)s") % names
    return _("Sign %(agreements)s to open %(document)s") % names


def _part(state: State, n: int) -> str:
    """The headline's first part, with its noun."""
    match state:
        case State.OPEN:
            words = ngettext("%(n)s document is open", "%(n)s documents are open", n)
        case State.ANSWER:
            words = ngettext("%(n)s document needs your answer", "%(n)s documents need your answer", n)
        case State.SIGN:
            words = ngettext("%(n)s document needs your signature", "%(n)s documents need your signature", n)
        case State.NO_AGREEMENT:
            words = ngettext("%(n)s document waits for our agreement", "%(n)s documents wait for our agreement", n)
        case State.REVIEW:
            words = ngettext("%(n)s document is in review", "%(n)s documents are in review", n)
        case State.DENIED:
            words = ngettext("%(n)s document was denied", "%(n)s documents were denied", n)
        case State.TAKEN_OVER:
            words = ngettext("%(n)s document was taken over", "%(n)s documents were taken over", n)
        case State.WITHDRAWN:
            words = ngettext("%(n)s document was withdrawn", "%(n)s documents were withdrawn", n)
        case _:
            words = ngettext("access to %(n)s document has ended", "access to %(n)s documents has ended", n)
    return words % {"n": _number(n)}


def _further_part(state: State, n: int) -> str:
    """A further part of the headline, where the noun has been said."""
    match state:
        case State.ANSWER:
            words = ngettext("%(n)s needs your answer", "%(n)s need your answer", n)
        case State.SIGN:
            words = ngettext("%(n)s needs your signature", "%(n)s need your signature", n)
        case State.NO_AGREEMENT:
            words = ngettext("%(n)s waits for our agreement", "%(n)s wait for our agreement", n)
        case State.REVIEW:
            words = ngettext("%(n)s is in review", "%(n)s are in review", n)
        case State.DENIED:
            words = ngettext("%(n)s was denied", "%(n)s were denied", n)
        case State.TAKEN_OVER:
            words = ngettext("%(n)s was taken over", "%(n)s were taken over", n)
        case State.WITHDRAWN:
            words = ngettext("%(n)s was withdrawn", "%(n)s were withdrawn", n)
        case _:
            words = ngettext("%(n)s has ended", "%(n)s have ended", n)
    return words % {"n": _number(n)}
