"""The named fields of an agreement's text, such as {company}: plain substitution in one pass, never code.

What a signer reads, signs and gets sealed is the filled text, so its SHA-256 is of the exact bytes that were shown. The
evidence names the version and holds the digest of both, the template and the filled text.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from ndaflow.agreements.refusals import Refusal
from trustcenter.audit import FlowError


class Field(models.TextChoices):
    """The fields that a text may name in braces; the label says what stands there."""

    OPERATOR = "operator", _("the legal name of the company that runs this trust center")
    COMPANY = "company", _("the company that the signer signs for")
    SIGNER = "signer", _("the name of the signer")
    EMAIL = "email", _("the signer's confirmed e-mail address")
    EFFECTIVE_DATE = "effective date", _("the day of the signature in UTC, as 2026-11-28")
    VERSION = "version", _("the number of the version")

    @property
    def braced(self) -> str:
        return f"{{{self.value}}}"


# Two braces stand for one. Otherwise a brace opens the name of a field, which is closed on the same line.
_BRACES = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}|[{}]")
# What Markdown would take for emphasis, code, a link or an entity; and, where a value begins a line, for a block.
_INLINE = re.compile(r"[\\`*_\[\]<>~]|&(?=#?\w+;)")
_FIRST = re.compile(r"^(?:[#+\-=|:]|\d+(?=[.)]))")
# How much of a text a refusal quotes.
_NEAR = 24


def check(text: str) -> None:
    """Raises FlowError for a field that does not exist, which it names, and for a brace without its partner."""
    for found in _BRACES.finditer(text):
        if found[0] in {"{{", "}}"}:
            continue
        if found[1] is None:
            near = text[max(0, found.start() - _NEAR) : found.end() + _NEAR].split("\n")
            raise FlowError(Refusal.LONE_BRACE, near=" ".join(" ".join(near).split()))
        if _name(found[1]) not in Field.values:
            known = ", ".join(field.braced for field in Field)
            raise FlowError(Refusal.UNKNOWN_FIELD, field=f"{{{found[1][:60]}}}", known=known)


def named(text: str) -> list[Field]:
    """The fields that the text names, each once, in order."""
    names = (_name(found[1]) for found in _BRACES.finditer(text) if found[1] is not None)
    return list(dict.fromkeys(Field(name) for name in names if name in Field.values))


def fill(text: str, values: Mapping[Field, str]) -> str:
    """The text with its fields filled. A value stays words: it cannot become a heading, emphasis, or another field.

    What is not a field stays as it is written: a text from before there were fields may have braces.
    """

    def filled(found: re.Match[str]) -> str:
        if found[0] in {"{{", "}}"}:
            return found[0][0]
        name = _name(found[1] or "")
        return _as_words(values[Field(name)]) if name in Field.values else found[0]

    return _BRACES.sub(filled, text)


def for_signer(
    *, operator: str, company: str, signer: str, email: str, version: int, instant: datetime
) -> dict[Field, str]:
    """The values for one signer. The day is written the same way in every language, so that it is the same bytes."""
    return {
        Field.OPERATOR: operator,
        Field.COMPANY: company,
        Field.SIGNER: signer,
        Field.EMAIL: email,
        Field.VERSION: str(version),
        Field.EFFECTIVE_DATE: _day(instant.astimezone(UTC).date()),
    }


def unsigned(*, operator: str, version: int) -> dict[Field, str]:
    """The values for a reader who is not about to sign: what is unknown stands in brackets."""
    blanks = {field: f"[{field.value}]" for field in Field}
    return blanks | {Field.OPERATOR: operator, Field.VERSION: str(version)}


def _name(written: str) -> str:
    return " ".join(written.split()).lower()


def _day(day: date) -> str:
    return day.isoformat()


def _as_words(value: str) -> str:
    plain = _INLINE.sub(lambda found: f"\\{found[0]}", " ".join(value.split()))
    return _FIRST.sub(lambda found: f"{found[0]}\\" if found[0].isdecimal() else f"\\{found[0]}", plain)
