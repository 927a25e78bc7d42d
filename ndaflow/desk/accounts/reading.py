"""What the people of a company read: how often, when last, and which pages. Only what they did counts: a download and a
reading begin with a button, so no scanner that follows links is among them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from documents.models import Delivery, ReadPage
from trustcenter.accounts.models import Company

# As many runs of pages as a sentence takes.
MOST_RUNS = 5


@dataclass
class Read:
    """What one person did with one document."""

    downloads: int = 0
    views: int = 0
    last: datetime | None = None
    pages: set[int] = field(default_factory=set)
    of: int = 0

    @property
    def said(self) -> str:
        """In words: "1 download" or "p. 1–38 of 104"."""
        if self.pages:
            return _("p. %(pages)s of %(of)s") % {"pages": runs(self.pages), "of": self.of}
        if self.downloads:
            return ngettext("%(n)s download", "%(n)s downloads", self.downloads) % {"n": self.downloads}
        return ngettext("%(n)s view", "%(n)s views", self.views) % {"n": self.views}


def by_person(company: Company) -> defaultdict[tuple[str, int], Read]:
    """What each person of the company read of each document, by their keys; two queries."""
    found: defaultdict[tuple[str, int], Read] = defaultdict(Read)
    deliveries = Delivery.objects.filter(reader__company=company).exclude(kind=Delivery.Kind.DESK)
    for reader, document, kind, at in deliveries.order_by("started_at").values_list(
        "reader", "version__document", "kind", "started_at"
    ):
        read = found[reader, document]
        read.downloads += kind == Delivery.Kind.DOWNLOAD
        read.views += kind == Delivery.Kind.READING
        read.last = at
    pages = ReadPage.objects.filter(delivery__reader__company=company)
    for reader, document, of, number, at in pages.values_list(
        "delivery__reader", "delivery__version__document", "delivery__version__pages", "number", "read_at"
    ):
        read = found[reader, document]
        read.pages.add(number)
        read.of = max(read.of, of or 0)
        read.last = max(read.last, at) if read.last else at
    return found


def runs(pages: Iterable[int]) -> str:
    """Page numbers as people write them: "1–3, 7 and 9–12"."""
    found: list[list[int]] = []
    for number in sorted(set(pages)):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    said = [str(first) if first == last else f"{first}–{last}" for first, last in found]
    if more := len(said) - MOST_RUNS:
        said = [*said[:MOST_RUNS], _("more")] if more > 0 else said
    return str(get_text_list(said, _("and")))
