"""Words that promise what the thing does not give: nobody is SOC 2 certified, and nothing is 100 % secure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certifications.checking.facts import Facts, place
from certifications.checking.findings import Code, Finding, Place
from certifications.checking.posts import post_texts
from certifications.checking.texts import is_denied, texts

SOC = r"SOC[\s-]*[123](?:[\s-]+\(?type[\s-]+(?:ii|i|2|1)\)?)?"
ISO = r"ISO(?:/IEC)?[\s-]*27001(?::\d{4})?"
CERTIFIED = r"certif(?:ied|ications?|icates?)\b"
OF = r"(?:for|to|under|against|in|with|according to)"
# “SOC 2 and ISO 27001 certified”: the second is right, the first is not.
OTHERS = r"(?:\s*(?:,|and|&|/|\+)\s*(?:and\s+)?(?:ISO(?:/IEC)?[\s-]*\d{4,5}|HIPAA|GDPR|CCPA|PCI(?:[\s-]DSS)?|FedRAMP|HITRUST))"


def _certified(name: str) -> str:
    return rf"\b{name}[\s-]+{CERTIFIED}|\b{name}{OTHERS}{{1,4}}[\s-]+certified\b|\bcertified\s+{OF}\s+{name}\b"


@dataclass(frozen=True)
class Wrong:
    """Words that are wrong, what to write instead, and what finds the framework that they are about."""

    pattern: re.Pattern[str]
    todo: Any
    framework: re.Pattern[str] | None = None
    # Words with which the sentence is right after all.
    unless: re.Pattern[str] | None = None


def _wrong(pattern: str, todo: Any, framework: str = "", unless: str = "") -> Wrong:
    found = [re.compile(words, re.IGNORECASE) if words else None for words in (pattern, framework, unless)]
    assert found[0] is not None
    return Wrong(found[0], todo, found[1], found[2])


WRONG = (
    _wrong(
        _certified(SOC),
        gettext_lazy(
            "Write “SOC 2 report” or “SOC 2 attestation”. An accountant gives an opinion, and nobody issues a certificate."
        ),
        r"SOC[\s-]*\d",
    ),
    _wrong(
        rf"\b{ISO}[\s-]+complian(?:t|ce)\b|\bcompliant\s+(?:with|to)\s+{ISO}\b",
        gettext_lazy(
            "Write “ISO/IEC 27001 certified” if a certification body has issued a certificate. Otherwise say that there is none."
        ),
        ISO,
    ),
    _wrong(
        _certified("HIPAA"),
        gettext_lazy("Say that you sign a business associate agreement. No authority certifies HIPAA compliance."),
        "HIPAA",
    ),
    _wrong(
        _certified("GDPR"),
        gettext_lazy("Say what you do under the GDPR, such as the DPA that you sign. A law is not a certificate."),
        "GDPR",
        # Article 42 has certificates of its own.
        r"art(?:icle|\.)?\s*42|europrivacy|europrise",
    ),
    _wrong(
        _certified("CCPA"),
        gettext_lazy("Say what you do under the CCPA. No authority certifies compliance with it."),
        "CCPA",
    ),
    _wrong(
        _certified("FedRAMP"),
        gettext_lazy("Write “FedRAMP authorized” if there is an authorization. Otherwise say how far along it is."),
        "FedRAMP",
    ),
    _wrong(
        r"\b(?:bank|military)[\s-]+(?:grade|level)\b",
        gettext_lazy("Name the method, such as “AES-256”. This wording names none."),
    ),
    _wrong(
        r"\b(?:100\s*%|100\s+per\s?cent|completely|totally|absolutely)\s+(?:secure|safe)\b"
        r"|\bun-?hackable\b|\bhack[\s-]?proof\b|\bunbreakable\b|\bimpenetrable\b",
        gettext_lazy("Say what protects the data. Nobody can promise this, and a reader will not believe it."),
    ),
)


def wrong_words(facts: Facts) -> Iterator[Finding]:
    """A finding for each row and each of the wrong words in it, not for a sentence that denies them."""
    frameworks = [(place(row), row.name) for row in facts.frameworks]
    seen: set[tuple[Place, Wrong]] = set()
    for text in chain(texts(facts), post_texts(facts)):
        for sentence in text.sentences:
            for wrong in WRONG:
                found = wrong.pattern.search(sentence)
                if not found or (text.place, wrong) in seen or is_denied(sentence, *found.span()):
                    continue
                if wrong.unless and wrong.unless.search(sentence):
                    continue
                seen.add((text.place, wrong))
                about = [where for where, name in frameworks if wrong.framework and wrong.framework.match(name)]
                yield Finding(
                    Code.WRONG_WORDS,
                    _("“%(name)s” says “%(words)s”.") % {"name": text.place.name, "words": found[0]},
                    tuple(dict.fromkeys([text.place, *about[:1]])),
                    str(wrong.todo),
                )
