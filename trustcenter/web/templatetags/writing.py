"""Filters for what a page says: names, texts, days and numbers, each written the same way everywhere.

| thing              | write                                              |
| ------------------ | -------------------------------------------------- |
| person in a text   | {{ person|named }}, {{ name|quoted }}              |
| date, period       | {{ x|as_of }}, {{ x|day }}, {{ x|instant }},       |
|                    | {% period start end %}                             |
| text of a fact     | <p{{ row|lang:"answer" }}>{{ row|text:"answer" }}</p> |
|                    | within a sentence {{ row|in_sentence:"answer" }}   |
| text in a language | <span{{ code|written_in }}>{{ words }}</span>      |
| number, file size  | {{ n|number }}, {{ bytes|file_size }}              |
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from django import template
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import get_language, get_language_bidi, get_language_info
from django.utils.translation import gettext as _

from trustcenter.web import dates, markup, typed
from trustcenter.web.dates import written

register = template.Library()


@register.filter
def quoted(text: str) -> str:
    """What somebody typed, in quotation marks that it cannot close."""
    return typed.quoted(text)


@register.filter
def paragraphs(text: str, below: int = 2) -> SafeString:
    """A text in light markup as HTML; `below` is the level of the heading above it."""
    return markup.as_html(text, below=below)


@register.filter
def plain(text: str) -> str:
    """Such a text for a mail."""
    return markup.plain(text)


@register.filter
def lead(text: str) -> str:
    """The first paragraph of such a text, as words."""
    return markup.lead(text)


@register.filter
def named(person: Any) -> str:
    """A person, or a request of one, by name and address: “Rhea Diaz” (rhea@example.com)."""
    return typed.named(person.name, person.email)


@register.filter
def isolated(text: str) -> str:
    """A code, an address or a typed text within a sentence, in its own order whichever way the page runs."""
    return typed.isolated(text)


@register.filter
def quotation(text: str) -> str:
    """A text of several lines in a mail, so that none of them reads like ours."""
    return "\n".join(f"> {line}" for line in text.splitlines())


class InLanguages(Protocol):
    """A row whose texts may be translated (certifications/models/translations.py)."""

    def in_language(self, name: str) -> tuple[str, str]: ...


@register.filter
def text(row: InLanguages | None, name: str) -> str:
    """The text of a field in the language of the page, or in English: `lang` marks it then. Nothing for no row."""
    return row.in_language(name)[0] if row else ""


@register.filter
def lang(row: InLanguages | None, name: str) -> SafeString | str:
    """The attribute of the element around `row|text:name` if its language is not that of the page."""
    return written_in(row.in_language(name)[1] if row else "")


@register.filter
def written_in(language: str) -> SafeString | str:
    """The attributes of an element whose words are in this language; nothing in that of the page, or for "".

    Words that run the other way than the page are isolated, so that their full stop stays at their end (UAX #9).
    """
    if not language or language == get_language():
        return ""
    bidi = get_language_info(language)["bidi"]
    direction = format_html(' dir="{}"', "rtl" if bidi else "ltr") if bidi != get_language_bidi() else ""
    return format_html(' lang="{}"{}', language, direction)


@register.filter
def in_sentence(row: InLanguages, name: str) -> SafeString | str:
    """Such a text within a sentence: in an element of its own if its language is not that of the page."""
    words, language = row.in_language(name)
    return format_html("<span{}>{}</span>", written_in(language), words) if language else words


@register.filter
def as_of(day: date | None) -> SafeString | str:
    """The day a fact was true: "Mar 2026" for the first of a month, "12 Mar 2026" for any other day."""
    if not day:
        return ""
    words = written(day, "M Y" if day.day == 1 else "j M Y")
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), words)


@register.filter
def day(value: date | datetime | None) -> SafeString | str:
    """A day in full, "1 Oct 2026", where the exact day matters: ends, periods, signatures."""
    if not value:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), written(value, "j M Y"))


@register.simple_tag
def period(start: date, end: date) -> str:
    """The days from `start` to `end`, with nothing said twice."""
    return dates.period(start, end)


@register.filter
def last_day(end: datetime) -> date:
    """The last day before an end, where the site is: a right that ends at midnight ends with the day before."""
    return (end - timedelta(microseconds=1)).astimezone(timezone.get_default_timezone()).date()


@register.filter
def instant(value: datetime | None) -> SafeString | str:
    """A moment with its zone: "1 Oct 2026, 14:02 UTC"."""
    if not value:
        return ""
    local = timezone.localtime(value)
    words = f"{written(local, 'j M Y')}, {local:%H:%M} {local:%Z}"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), words)


@register.filter("date", expects_localtime=True)
def in_words(value: date | datetime | None, pattern: str) -> str:
    """In place of Django's own filter: the pattern is how English writes it, and each language has its own."""
    return written(value, pattern) if value else ""


@register.filter
def number(value: float | None) -> str:
    """A number as the reader's language writes it: "1,024"."""
    return "" if value is None else number_format(value, force_grouping=True)


@register.filter
def file_size(size: int | None) -> str:
    """Bytes as people say them: "2.4 MB", and "200 MB" without a decimal place that is zero."""
    if size is None:
        return ""
    tenth = number_format(0, 1)[1:]
    return filesizeformat(size).replace(f"{tenth}\xa0", "\xa0")


class Marking(Protocol):
    """What marks words in a text, such as a search."""

    def marked(self, text: str) -> SafeString: ...

    def excerpt(self, text: str) -> SafeString: ...


@register.filter
def marked(text: str, words: Marking | None) -> SafeString | str:
    """The text with what was searched for in a <mark>."""
    return words.marked(text) if words else text


@register.filter
def excerpt(text: str, words: Marking) -> SafeString:
    """A line or two of the text around the first word that was searched for, marked."""
    return words.excerpt(text)


@register.filter
def titles(documents: Iterable[Any]) -> str:
    """The titles of documents in one line: "SOC 2 report, Bridge letter and Questionnaire"."""
    return str(get_text_list([text(document, "title") for document in documents], _("and")))
