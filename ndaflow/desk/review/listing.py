"""Who holds what, why, until when, and when it was last read: for the page, the CSV file and the command."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import QueryDict
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from documents.models import AccessGrant, Delivery
from ndaflow.agreements.models import Agreement
from ndaflow.desk.review.models import Review, ReviewedGrant
from ndaflow.requests.models import Decision
from trustcenter.accounts.addresses import searched
from trustcenter.accounts.models import Company, User

CHUNK = 500


@dataclass(frozen=True)
class Chosen:
    """What the page shows, from its address: a document by its slug, words, and whether only what is not answered."""

    document: str
    words: str
    left: bool


EVERYTHING = Chosen("", "", left=False)


def chosen(query: QueryDict) -> Chosen:
    """The filter in the address of the page."""
    words = query.get("q", "").replace("\0", "").strip()[:100]
    return Chosen(query.get("document", "").replace("\0", "")[:50], words, query.get("left") == "1")


@dataclass(frozen=True)
class Holding:
    """One document that is open to one person, or was when the review began; `row` is its place in the review."""

    grant: AccessGrant
    row: ReviewedGrant | None
    is_open: bool
    last_read: datetime | None
    # Who approved it: people and rules.
    approved: list[str]
    # The agreements under which it opened.
    under: list[str]


def held(what: Chosen, instant: datetime) -> QuerySet[AccessGrant, Any]:
    """The grants that are open at `instant`, the longest held first."""
    return _narrowed(AccessGrant.objects.open_at(instant), what, "").order_by("starts_at", "pk")


def reviewed(review: Review, what: Chosen, instant: datetime) -> QuerySet[ReviewedGrant, Any]:
    """The rows of a review, by company and person; with `left`, those that still wait for an answer."""
    found = _narrowed(ReviewedGrant.objects.filter(review=review), what, "grant__")
    if what.left:
        found = found.filter(answer="", grant__ended_at=None, grant__ends_at__gt=instant)
    return found.order_by("pk")


def holdings(rows: Iterable[Any], instant: datetime, titles: Mapping[str, str]) -> Iterator[Holding]:
    """The rows of `held` or `reviewed` as people read them. `titles` are those of the agreements, by slug."""
    for row in rows:
        grant: AccessGrant = row.grant if isinstance(row, ReviewedGrant) else row
        asked = getattr(grant, "requested_document", None)
        decisions = asked.decisions.all() if asked else []
        approved = [one.decider for one in decisions if one.verdict == Decision.Verdict.APPROVE]
        under = [titles.get(slug, slug) for slug in (asked.opened_under or {} if asked else {})]
        place = row if isinstance(row, ReviewedGrant) else None
        yield Holding(grant, place, grant.is_open_at(instant), row.last_read, approved, under)


def titles() -> dict[str, str]:
    """The titles of the agreements by slug; one query."""
    return dict(Agreement.objects.values_list("slug", "title"))


@dataclass(frozen=True)
class Progress:
    """How far a review is. What ended by itself needs no answer."""

    rows: int
    answered: int
    ended: int

    @property
    def left(self) -> int:
        return self.rows - self.answered - self.ended


def progress(review: Review, instant: datetime) -> Progress:
    """How far a review is; one query."""
    over = Q(grant__ended_at__isnull=False) | Q(grant__ends_at__lte=instant)
    found = review.rows.aggregate(
        rows=Count("pk"), answered=Count("pk", filter=~Q(answer="")), ended=Count("pk", filter=Q(answer="") & over)
    )
    return Progress(**found)


def _narrowed(found: QuerySet[Any], what: Chosen, path: str) -> QuerySet[Any]:
    if what.document:
        found = found.filter(**{f"{path}document__slug": what.document})
    if what.words:
        # Companies and people first: each by its own index or in its own small table.
        companies = Company.objects.filter(
            Q(legal_name__icontains=what.words) | Q(domains__domain=searched(what.words).rpartition("@")[2])
        )
        named = Q(name__icontains=what.words) | Q(email__contains=searched(what.words))
        people = User.objects.filter(named | Q(company__in=companies))
        found = found.filter(**{f"{path}holder__in": people})
    return found


def on_page(rows: QuerySet[Any, Any], keys: list[Any]) -> QuerySet[Any, Any]:
    """The rows with these keys, in their order. A database works out what each row says also for those that a page skips."""
    return with_reasons(rows.model._default_manager.filter(pk__in=keys)).order_by(*rows.query.order_by)


def with_reasons(found: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Rows of `held` or `reviewed` with everything that `holdings` reads: two queries, whatever the number of rows."""
    path = "grant__" if found.model is ReviewedGrant else ""
    found = found.select_related("answered_by") if path else found
    same = {"reader": OuterRef(f"{path}holder"), "version__document": OuterRef(f"{path}document")}
    read = Delivery.objects.filter(**same).order_by("-started_at").values("started_at")[:1]
    decisions = Decision.objects.select_related("decided_by", "rule_version").order_by("position")
    whole: QuerySet[Any, Any] = found.annotate(last_read=Subquery(read)).select_related(
        f"{path}holder__company", f"{path}document__level", f"{path}requested_document__request"
    )
    return whole.prefetch_related(Prefetch(f"{path}requested_document__decisions", decisions))


def why(holding: Holding) -> str:
    """Why it is open, in one line."""
    asked = getattr(holding.grant, "requested_document", None)
    parts = [_("request %(reference)s") % {"reference": asked.request.reference}] if asked else []
    if holding.approved:
        parts.append(_("approved by %(who)s") % {"who": get_text_list(holding.approved, _("and"))})
    if holding.under:
        parts.append(_("under %(agreements)s") % {"agreements": get_text_list(holding.under, _("and"))})
    return ", ".join(parts)
