"""What an approver has to know about a request before deciding it, computed from the database.

A warning has to be answered: an approval despite one needs a reason (see `flows.decide`). A note only informs.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ndaflow.agreements.models import Coverage
from ndaflow.requests.earlier import Earlier
from ndaflow.requests.models import AccessRequest, RequestedDocument
from trustcenter.accounts import listed
from trustcenter.accounts.addresses import displayed
from trustcenter.accounts.freemail import is_free_mail
from trustcenter.accounts.lookalikes import mixed_scripts
from trustcenter.accounts.models import Listed, User
from trustcenter.audit import words
from trustcenter.web.typed import quoted


class Kind(models.TextChoices):
    """The value is what the log records of the warnings that an approval went past."""

    BLOCKED = "blocked", gettext_lazy("Blocked")
    FREE_MAIL = "free_mail", gettext_lazy("Free-mail address")
    LOOK_ALIKE = "look_alike", gettext_lazy("Looks like another domain")
    MIXED_SCRIPTS = "mixed_scripts", gettext_lazy("Domain mixes scripts")
    NAMES_DIFFER = "names_differ", gettext_lazy("Names differ")
    DENIED_BEFORE = "denied_before", gettext_lazy("Denied before")
    REVOKED_BEFORE = "revoked_before", gettext_lazy("Access revoked before")
    OWN_REQUEST = "own_request", gettext_lazy("Your own request")
    COMPANY_DIFFERS = "company_differs", gettext_lazy("Company name differs")
    OTHER_LETTERS = "other_letters", gettext_lazy("Domain in other letters")
    ALLOWED = "allowed", gettext_lazy("On the allow list")
    FIRST_REQUEST = "first_request", gettext_lazy("First request")
    HAS_ACCESS = "has_access", gettext_lazy("Already has access")

    @property
    def is_warning(self) -> bool:
        return self in WARNINGS

    @property
    def tone(self) -> str:
        return "wait" if self.is_warning or self is Kind.OWN_REQUEST else "none"

    @property
    def icon(self) -> str:
        return "alert" if self.tone == "wait" else "info"


WARNINGS = (
    *(Kind.BLOCKED, Kind.FREE_MAIL, Kind.LOOK_ALIKE, Kind.MIXED_SCRIPTS),
    *(Kind.NAMES_DIFFER, Kind.DENIED_BEFORE, Kind.REVOKED_BEFORE),
)


@dataclass(frozen=True)
class Risk:
    """One fact: what it is called, and a sentence with the names in it."""

    kind: Kind
    text: str


def warnings(request: AccessRequest, coverage: Mapping[str, Coverage], earlier: Earlier | None = None) -> list[Risk]:
    """The warnings of a request: facts that need a reason from the approver; two queries.

    `coverage` is what covers the requester, by agreement. A page that shows more of `earlier` hands it in.
    """
    requester = _requester(request)
    alike = listed.look_up(requester)
    domain = [
        *_blocked(requester),
        *_free_mail(requester),
        *_look_alike(requester, alike),
        *_mixed_scripts(requester),
    ]
    return [*domain, *_names_differ(request, requester, coverage), *_turned_away(earlier or Earlier(request))]


def notes(
    request: AccessRequest,
    items: Sequence[RequestedDocument],
    *,
    reader: User,
    earlier: Earlier | None = None,
) -> list[Risk]:
    """What is good to know and needs no answer; one query. `items` are the request's documents, of `with_held`.

    A page that shows more of `earlier` hands it in.
    """
    requester, earlier = _requester(request), earlier or Earlier(request)
    found = []
    if requester.pk == reader.pk:
        found.append(Risk(Kind.OWN_REQUEST, _("A colleague has to decide it.")))
    return [
        *found,
        *_other_letters(requester),
        *_allowed(requester),
        *_company_differs(request, requester),
        *_first_request(request, requester, earlier),
        *_has_access(items),
    ]


def _blocked(requester: User) -> list[Risk]:
    """A block that is younger than the request: an older one would have denied it."""
    if (block := listed.block_of(requester)) is None:
        return []
    return [Risk(Kind.BLOCKED, _("%(entry)s: “%(reason)s”") % {"entry": block.entry, "reason": block.reason})]


def _allowed(requester: User) -> list[Risk]:
    entry = requester.listed
    if entry is None or entry.verdict != Listed.Verdict.ALLOW:
        return []
    return [Risk(Kind.ALLOWED, _("%(entry)s: “%(reason)s”") % {"entry": entry.entry, "reason": entry.reason})]


def _free_mail(requester: User) -> list[Risk]:
    if not is_free_mail(requester.domain) or (requester.listed and requester.listed.is_allowed_address):
        return []
    return [Risk(Kind.FREE_MAIL, _("%(domain)s cannot confirm a company.") % {"domain": requester.domain})]


def _look_alike(requester: User, alike: Sequence[str]) -> list[Risk]:
    """A domain that we know and that looks like the requester's."""
    if not alike:
        return []
    names = {"domain": _shown(requester.domain), "known": get_text_list([_shown(one) for one in alike], _("and"))}
    return [Risk(Kind.LOOK_ALIKE, _("%(domain)s looks like %(known)s, which is another domain that we know.") % names)]


def _mixed_scripts(requester: User) -> list[Risk]:
    if not (scripts := mixed_scripts(requester.domain)):
        return []
    names = {"domain": _shown(requester.domain), "scripts": get_text_list([one.title() for one in scripts], _("and"))}
    return [Risk(Kind.MIXED_SCRIPTS, _("%(domain)s mixes letters: %(scripts)s.") % names)]


def _other_letters(requester: User) -> list[Risk]:
    if displayed(requester.domain) == requester.domain or mixed_scripts(requester.domain):
        return []
    text = _("Programs may show it in other letters: %(domain)s.") % {"domain": _shown(requester.domain)}
    return [Risk(Kind.OTHER_LETTERS, text)]


def _shown(domain: str) -> str:
    """The domain, and in quotation marks what programs may show instead."""
    return domain if displayed(domain) == domain else f"{domain} ({quoted(displayed(domain))})"


def _names_differ(request: AccessRequest, requester: User, coverage: Mapping[str, Coverage]) -> list[Risk]:
    # Another person's signature may cover the requester; its name says nothing about them.
    own = [one.signature for one in coverage.values() if one.signature and one.signature.signer_id == requester.pk]
    typed = dict.fromkeys(one.typed_name for one in own if not is_same_name(request.name, one.typed_name))
    if not typed:
        return []
    names = {"asked": quoted(request.name), "signed": get_text_list([quoted(one) for one in typed], _("and"))}
    return [Risk(Kind.NAMES_DIFFER, _("Asks as %(asked)s, signed as %(signed)s.") % names)]


def _turned_away(earlier: Earlier) -> list[Risk]:
    """The newest denial and the newest revocation by a person. What ended by the clock says nothing against anyone."""
    found = []
    if (denied := earlier.denied) is not None:
        names = {"document": denied.document, "date": _day(denied.at), "reason": denied.reason}
        found.append(Risk(Kind.DENIED_BEFORE, _("%(document)s, on %(date)s: “%(reason)s”") % names))
    if (last := earlier.revoked) is not None and last.closed_at is not None:
        names = {"date": _day(last.closed_at), "reason": last.closing_reason}
        found.append(Risk(Kind.REVOKED_BEFORE, _("On %(date)s: “%(reason)s”") % names))
    return found


def _company_differs(request: AccessRequest, requester: User) -> list[Risk]:
    company = requester.company
    if company is None or is_same_name(company.legal_name, request.company_name):
        return []
    names = {"typed": quoted(request.company_name), "domain": requester.domain, "known": quoted(company.legal_name)}
    if company.confirmed_at is None:
        text = _("Typed %(typed)s; the first person of %(domain)s typed %(known)s.") % names
        return [Risk(Kind.COMPANY_DIFFERS, text)]
    return [Risk(Kind.COMPANY_DIFFERS, _("Typed %(typed)s; %(domain)s is confirmed as %(known)s.") % names)]


def _first_request(request: AccessRequest, requester: User, earlier: Earlier) -> list[Risk]:
    if not earlier.is_first:
        return []
    if requester.company is not None:
        text = _("Nobody from %(domain)s has asked before.") % {"domain": requester.domain}
    else:
        text = _("%(email)s has not asked before.") % {"email": request.email}
    return [Risk(Kind.FIRST_REQUEST, text)]


def _has_access(items: Sequence[RequestedDocument]) -> list[Risk]:
    found = [
        _("%(document)s, until %(date)s.") % {"document": item.document.title, "date": _day(until)}
        for item in items
        if (until := item.held_until) is not None  # type: ignore[attr-defined]  # by with_held
    ]
    return [Risk(Kind.HAS_ACCESS, " ".join(found))] if found else []


def _requester(request: AccessRequest) -> User:
    if request.requester is None:
        raise ValueError(f"request {request.pk} has no requester")
    return request.requester


def is_same_name(one: str, other: str) -> bool:
    """Whether two typed names are the same but for case, spaces and how a letter is composed."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _day(instant: datetime) -> str:
    return date_format(localtime(instant), "j M Y")


words.register("warnings", dict(Kind.choices))
