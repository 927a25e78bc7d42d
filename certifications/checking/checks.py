"""All checks of the public content, in the order in which they are told."""

from itertools import chain

from certifications.checking import facts as reading
from certifications.checking.contradictions import contradictions, ended
from certifications.checking.dates import missing_dates, reviews
from certifications.checking.documents import evidence, gated
from certifications.checking.facts import Facts
from certifications.checking.findings import Finding, Group
from certifications.checking.notices import notices
from certifications.checking.posts import posts
from certifications.checking.processors import denied, subprocessors
from certifications.checking.words import wrong_words

CHECKS = (
    *(contradictions, ended, subprocessors, denied, notices, reviews, missing_dates, gated, evidence),
    *(posts, wrong_words),
)


def check(facts: Facts) -> list[Finding]:
    """Every finding about these facts: contradictions first, then what is past its date, due, and to be corrected.

    It asks no database, so it can also check facts that are in none.
    """
    order = {group: number for number, group in enumerate(Group)}
    found = chain.from_iterable(one(facts) for one in CHECKS)
    return sorted(found, key=lambda finding: order[finding.code.group])


def check_now() -> list[Finding]:
    """Every finding about the public content as it is now."""
    return check(reading.read())
