"""Rows that cannot both be true: claims that name each other, and certificates that ended but are said to be in force."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from certifications.checking.facts import Facts, place
from certifications.checking.findings import Code, Finding, Place
from certifications.checking.texts import is_denied, naming, plain, texts
from certifications.evidence import Paper
from certifications.models import Certification, Claim, Status
from trustcenter.web import dates

IN_FORCE = re.compile(
    r"\b(?:certified|certificates?|certification|attested|attestation|authori[sz](?:ed|ation)|compliant)\b",
    re.IGNORECASE,
)
OVER = re.compile(
    r"\b(?:expired|ended|lapsed|no longer|former(?:ly)?|withdrawn|suspended|renew\w*|was|were|had)\b", re.IGNORECASE
)
NO = re.compile(r"\s*(?:no|not)\b", re.IGNORECASE)


def contradictions(facts: Facts) -> Iterator[Finding]:
    """Each pair of claims that name each other, once."""
    for number, claim in enumerate(facts.claims):
        later = {other.pk for other in facts.claims[number + 1 :]} if claim.contradicting else set()
        for other in claim.contradicting:
            if other.pk in later:
                yield Finding(
                    Code.CONTRADICTION,
                    _("“%(one)s” and “%(other)s” contradict each other.")
                    % {"one": claim.question, "other": other.question},
                    (place(claim), place(other)),
                    _("Find out which one is true, correct the other, and say that they no longer contradict."),
                )


def ended(facts: Facts) -> Iterator[Finding]:
    """Certifications that ended, in each place that still says they are in force, and the other way round."""
    in_force = {row.framework_id for row in facts.certifications if row.status.tone == "good"}
    for row in facts.certifications:
        if row.status == Status.EXPIRED:
            yield from _said_elsewhere(facts, row, renewed=row.framework_id in in_force)
        elif row.status.tone == "good":
            yield from _only_ended_evidence(facts, row)


def _said_elsewhere(facts: Facts, row: Certification, *, renewed: bool) -> Iterator[Finding]:
    assert row.valid_until is not None
    where, found = place(row), dict[Place, None]()
    for claim in facts.claims:
        if claim.certification_id == row.pk and _is_affirmed(claim):
            found[place(claim)] = None
    if not renewed:
        # A text does not say which certificate it means, so one in force makes it true.
        name = naming(row.framework.name)
        for text in texts(facts):
            elsewhere = text.place.part not in {where.part, "frameworks", "documents"}
            if elsewhere and any(says_in_force(sentence, name) for sentence in text.sentences):
                found[text.place] = None
    words = {"name": where.name, "day": dates.in_full(row.valid_until)}
    for other in found:
        yield Finding(
            Code.ENDED,
            _("“%(name)s” ended on %(day)s, but “%(other)s” reads as if it were in force.")
            % (words | {"other": other.name}),
            (other, where),
            _("Say that it has ended, or enter the new certificate."),
        )
    for paper in _dated(facts, row):
        if paper.valid_until and paper.valid_until >= facts.today:
            yield Finding(
                Code.ENDED,
                _("“%(name)s” ended on %(day)s, but its evidence “%(other)s” is valid until %(until)s.")
                % (words | {"other": paper.place.name, "until": dates.in_full(paper.valid_until)}),
                (where, paper.place),
                _("Correct the date that is wrong."),
            )


def _is_affirmed(claim: Claim) -> bool:
    answer = plain(claim.answer)
    return not NO.match(answer) and not OVER.search(answer)


def says_in_force(sentence: str, name: re.Pattern[str]) -> bool:
    """Whether a sentence claims that what `name` finds is in force."""
    found = IN_FORCE.search(sentence)
    if not found or not name.search(sentence) or OVER.search(sentence) or sentence.endswith("?"):
        return False
    return not is_denied(sentence, *found.span())


def _only_ended_evidence(facts: Facts, row: Certification) -> Iterator[Finding]:
    """A certification in force whose evidence has ended, all of it."""
    papers = [(paper, paper.valid_until) for paper in _dated(facts, row) if paper.valid_until]
    if papers and all(until < facts.today for _paper, until in papers):
        paper, until = max(papers, key=lambda one: one[1])
        where = place(row)
        yield Finding(
            Code.ENDED,
            _("The evidence “%(other)s” ended on %(day)s, but “%(name)s” is listed as in force.")
            % {"other": paper.place.name, "day": dates.in_full(until), "name": where.name},
            (where, paper.place),
            _("Publish the new document with its date, or change the status."),
        )


def _dated(facts: Facts, row: Certification) -> list[Paper]:
    return [facts.paper[slug] for slug in row.evidence if slug in facts.paper and facts.paper[slug].valid_until]
