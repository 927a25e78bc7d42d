"""The desk's page of facts that are due, out of date, contradictory or to be corrected."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from certifications.checking import checks, confirming
from certifications.checking import facts as reading
from certifications.checking.findings import Code, Finding, Group, Place
from certifications.models import Reviewed
from trustcenter.accounts.models import User
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.web import dates

PAGE = 50
MINE, NOBODY = "mine", "nobody"


@dataclass(frozen=True)
class Line:
    """A finding on the page. `row` is the fact with its review date, and `saw` what it says, where it has one."""

    finding: Finding
    group: Group
    is_mine: bool
    owners: list[str]
    row: Reviewed | None
    # What the button sends back; "" if there is nothing to confirm here.
    saw: str

    @property
    def place(self) -> Place:
        return self.finding.places[0]


@dataclass(frozen=True)
class Filter:
    value: str
    label: str
    count: int


@require_safe
@permission_required("certifications.view_claim", raise_exception=True)
def facts(request: HttpRequest) -> HttpResponse:
    """What somebody has to look at, mine first; `?owner=` leaves only what is mine, nobody's, or a colleague's."""
    by, chosen = person(request), request.GET.get("owner", "")
    known = reading.read()
    found = checks.check(known)
    names = _names(found)
    lines = [_line(finding, known, by, names) for finding in found if _is_of(finding, chosen, by)]
    order = list(Group)
    lines.sort(key=lambda line: (order.index(line.group), not line.is_mine))
    context = {
        "page": Paginator(lines, PAGE).get_page(request.GET.get("page")),
        "chosen": chosen,
        "filters": _filters(found, by, names, chosen),
        "total": len(found),
    }
    return render(request, "desk/facts.html", context)


@require_POST
@permission_required("certifications.change_claim", raise_exception=True)
def confirm(request: HttpRequest) -> HttpResponse:
    """Says that a fact is still true today."""
    part, slug, saw = (request.POST.get(name, "")[:100] for name in ("part", "slug", "saw"))
    try:
        row = confirming.confirm(part, slug, saw=saw, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        words = {"name": str(row), "day": dates.in_full(row.review_due)}
        messages.success(request, _("Confirmed: “%(name)s”. The next review is due by %(day)s.") % words)
    owner = request.POST.get("owner", "")[:254]
    return redirect(reverse("certifications:facts") + (f"?{urlencode({'owner': owner})}" if owner else ""))


def _is_of(finding: Finding, chosen: str, by: User) -> bool:
    match chosen:
        case "":
            return True
        case "mine":
            return by.email in finding.owners
        case "nobody":
            return not finding.owners
        case _:
            return chosen in finding.owners


def _line(finding: Finding, known: reading.Facts, by: User, names: dict[str, str]) -> Line:
    place = finding.places[0]
    row = known.reviewed.get(place)
    section = confirming.SECTIONS.get(place.part)
    saw = ""
    if row is not None and section is not None and finding.code in {Code.OVERDUE, Code.DUE}:
        saw = confirming.seen(section, row) if by.has_perm(confirming.permission(section)) else ""
    return Line(
        finding=finding,
        group=finding.code.group,
        is_mine=by.email in finding.owners,
        owners=[names.get(owner, owner) for owner in finding.owners],
        row=row,
        saw=saw,
    )


def _names(found: Iterable[Finding]) -> dict[str, str]:
    """The names of the owners who are members of staff, by address."""
    owners = {owner for finding in found for owner in finding.owners}
    staff = User.objects.filter(email__in=owners, is_staff=True, is_active=True)
    return {one.email: one.name or one.email for one in staff}


def _filters(found: list[Finding], by: User, names: dict[str, str], chosen: str) -> list[Filter]:
    """Everybody's, mine, nobody's, then each colleague who has something to look at."""
    owners = sorted({owner for one in found for owner in one.owners} - {by.email}, key=lambda one: names.get(one, one))
    offered = [("", _("All")), (MINE, _("Mine")), (NOBODY, _("No owner"))]
    offered += [(owner, names.get(owner, owner)) for owner in owners]
    if chosen not in dict(offered):
        offered.append((chosen, chosen))
    return [Filter(value, label, sum(_is_of(one, value, by) for one in found)) for value, label in offered]
