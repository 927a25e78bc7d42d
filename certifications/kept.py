"""The public facts in memory, for the public pages: read once for each edition of the content, and shared by its readers.

Code that changes facts, or that stores something made of them, reads `posture` instead.
"""

import threading
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest

from certifications import posture
from certifications.models import Certification, Claim, Product, Profile, Subprocessor, Update
from certifications.search import spelling
from certifications.search.spelling import Vocabulary
from certifications.updates import reading
from trustcenter.web.public_pages import Edition


@dataclass(frozen=True)
class Facts:
    """Rows that many threads read at once: never set an attribute on one."""

    profile: Profile | None
    products: tuple[Product, ...]
    certifications: tuple[Certification, ...]
    claims: tuple[Claim, ...]
    subprocessors: tuple[Subprocessor, ...]

    @cached_property
    def overdue(self) -> int:
        """How many claims are past their review date on the day of the edition."""
        return sum(claim.is_overdue for claim in self.claims)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What corrects the spelling of a search."""
        return spelling.vocabulary()

    @cached_property
    def disagreements(self) -> int:
        return posture.disagreements(self.claims)

    @cached_property
    def open_incidents(self) -> list[Update]:
        """The incidents for everyone that go on."""
        return reading.open_incidents(reading.public())

    @cached_property
    def most_asked(self) -> list[Claim]:
        return posture.most_asked(self.claims)

    @cached_property
    def not_offered(self) -> list[Claim]:
        return posture.not_offered(self.claims)


class _Kept:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.of: tuple[Edition, Facts] | None = None


_kept = _Kept()


def facts(request: HttpRequest) -> Facts:
    """The facts of the edition that a public page shows: ten queries for the first page of an edition, none afterwards."""
    edition: Edition = request.edition  # type: ignore[attr-defined]  # set by public_page, before anything is read
    kept = _kept.of
    if kept is None or kept[0] != edition:
        # One reads, and the others wait for it: each of them would read a thousand rows.
        with _kept.lock:
            kept = _kept.of
            if kept is None or kept[0] != edition:
                kept = _kept.of = edition, _read()
    return kept[1]


def forget() -> None:
    """For tests, which take changes back."""
    _kept.of = None


def _read() -> Facts:
    return Facts(
        posture.profile(),
        tuple(posture.products()),
        tuple(posture.certifications()),
        tuple(posture.claims()),
        tuple(posture.processing()),
    )
