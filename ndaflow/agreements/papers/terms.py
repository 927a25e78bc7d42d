"""What a paper on file says: whom it covers, and its dates."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.formats import date_format

from ndaflow.agreements.models import Scope
from ndaflow.agreements.refusals import Refusal
from trustcenter.accounts.addresses import canonical_domain, searched
from trustcenter.accounts.freemail import is_free_mail
from trustcenter.accounts.models import Company, CompanyDomain, User
from trustcenter.audit import FlowError

# Days outside are mistyped, and the day after the last one of the calendar does not exist.
EARLIEST_YEAR, MOST_YEARS = 1900, 100


@dataclass(frozen=True)
class Reach:
    """Whom a paper covers: exactly one person, one mail domain or one company."""

    scope: Scope
    person: User | None = None
    domain: str = ""
    company: Company | None = None

    @property
    def named(self) -> User | dict[str, str]:
        """How a record names it."""
        return self.person or {"title": self.company.legal_name if self.company else self.domain}


@dataclass(frozen=True)
class Dates:
    """The days that stand on a paper. Without an end it covers until somebody ends it."""

    signed_on: date | None
    starts_on: date | None
    ends_on: date | None


def reach(scope: str, whom: str) -> Reach:
    """Whom somebody typed: an address, a mail domain, or a company by its name or one of its domains.

    Raises FlowError if nobody here is meant, or if it is not clear who.
    """
    whom = whom.strip()
    match scope:
        case Scope.PERSON:
            return Reach(Scope.PERSON, person=_person(whom))
        case Scope.DOMAIN:
            return Reach(Scope.DOMAIN, domain=_domain(whom))
        case _:
            return Reach(Scope.COMPANY, company=_company(whom))


def must_be_in_order(dates: Dates, today: date) -> None:
    """Raises FlowError with the two days that contradict each other."""
    signed, starts, ends = dates.signed_on, dates.starts_on, dates.ends_on
    if signed is None or starts is None:
        raise FlowError(Refusal.NO_SIGNED_DATE)
    if signed > today:
        raise FlowError(Refusal.SIGNED_LATER, day=_day(signed))
    for day in (signed, starts, ends or starts):
        if not EARLIEST_YEAR <= day.year <= today.year + MOST_YEARS:
            raise FlowError(Refusal.DAY_TOO_FAR, day=_day(day))
    if starts < signed:
        raise FlowError(Refusal.STARTS_BEFORE_SIGNED, starts=_day(starts), signed=_day(signed))
    if ends is not None and ends < starts:
        raise FlowError(Refusal.ENDS_BEFORE_START, starts=_day(starts), ends=_day(ends))
    if ends is not None and ends < today:
        raise FlowError(Refusal.ENDED_ALREADY, ends=_day(ends))


def _person(whom: str) -> User:
    found = User.objects.filter(email=searched(whom), proven_at__isnull=False, is_active=True).first()
    if found is None:
        raise FlowError(Refusal.NOBODY_HERE, whom=whom)
    return found


def _domain(whom: str) -> str:
    try:
        domain = canonical_domain(whom.removeprefix("@"))
    except ValidationError:
        raise FlowError(Refusal.NO_DOMAIN, whom=whom) from None
    if is_free_mail(domain):
        raise FlowError(Refusal.FREE_DOMAIN, whom=domain)
    known = CompanyDomain.objects.filter(domain=domain).select_related("company").first()
    if known is None:
        raise FlowError(Refusal.NO_SUCH_COMPANY, whom=domain)
    if known.company.confirmed_at is None:
        raise FlowError(Refusal.NOT_CONFIRMED, whom=known.company.legal_name)
    return domain


def _company(whom: str) -> Company:
    named = Q(legal_name__iexact=whom) | Q(domains__domain=searched(whom).removeprefix("@"))
    # Not one that was merged into another: its people, and what covers them, are there.
    found = list(Company.objects.current().filter(named).distinct()[:2])
    if not found:
        raise FlowError(Refusal.NO_SUCH_COMPANY, whom=whom)
    if len(found) > 1:
        raise FlowError(Refusal.SEVERAL_COMPANIES, whom=whom)
    if found[0].confirmed_at is None:
        raise FlowError(Refusal.NOT_CONFIRMED, whom=found[0].legal_name)
    return found[0]


def _day(day: date) -> str:
    return date_format(day, "j F Y")
