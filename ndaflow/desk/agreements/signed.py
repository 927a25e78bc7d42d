"""Who signed: the list, its filters, and the same as a file for a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from ndaflow.agreements.models import AgreementVersion, Signature
from ndaflow.agreements.signing import utc_text
from trustcenter.accounts.addresses import searched

# Where a spreadsheet begins to calculate (OWASP, CSV injection), also in the wide letters of East Asia.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Chosen:
    """What the list shows: the signatures of one version, as `nda-2`, or of all; found by words."""

    version: str
    words: str


def chosen(query: QueryDict) -> Chosen:
    """The filter in the address of the page."""
    return Chosen(query.get("version", "")[:40], query.get("q", "").replace("\0", "").strip()[:100])


def versions() -> QuerySet[AgreementVersion, Any]:
    """Every version with how many signed it, and how many of these signatures no newer one has replaced."""
    live = Count("signatures", filter=Q(signatures__superseded_at=None))
    rows = AgreementVersion.objects.annotate(signed=Count("signatures"), live=live).defer("text")
    return rows.select_related("agreement").order_by("agreement", "-number")


def rows(what: Chosen) -> QuerySet[Signature]:
    """The signatures, the newest first."""
    found = Signature.objects.all()
    slug, _dash, number = what.version.rpartition("-")
    if number.isdecimal():
        found = found.filter(version__agreement__slug=slug, version__number=int(number))
    if what.words:
        named = Q(typed_name__icontains=what.words) | Q(entity__icontains=what.words)
        found = found.filter(named | Q(signer__email__contains=searched(what.words)))
    return (
        found.select_related("version__agreement", "signer__company", "copy")
        .defer("version__text", "evidence")
        .order_by("-signed_at", "pk")
    )


def as_csv(signatures: Iterable[Signature]) -> Iterator[str]:
    """The list as lines of a CSV file. No cell is a formula, whatever somebody typed or calls their mailbox."""
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    head = [_("Signed"), _("Name"), _("Job title"), _("Signed for"), _("E-mail"), _("Confirmed company")]
    head += [_("Agreement"), _("Version"), _("Replaced"), _("Signature"), _("Request"), _("SHA-256 of the copy")]
    # The mark tells spreadsheets that this is UTF-8.
    yield "\ufeff" + writer.writerow(head)
    for one in signatures:
        company = one.signer.company
        cells = [
            utc_text(one.signed_at),
            one.typed_name,
            one.title,
            one.entity,
            one.signer.email,
            company.legal_name if company and company.confirmed_at else "",
            one.version.agreement.title,
            one.version.number,
            utc_text(one.superseded_at) if one.superseded_at else "",
            one.pk,
            one.request_id,
            one.copy.sha256 if hasattr(one, "copy") else "",
        ]
        yield writer.writerow([plain(str(cell)) for cell in cells])


def plain(cell: str) -> str:
    """A cell that every spreadsheet shows as text."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


class _Echo:
    """A file for the csv module that gives each line back."""

    def write(self, line: str) -> str:
        return line
