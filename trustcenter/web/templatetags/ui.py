"""Template tags and filters for every page, so that the same thing looks and reads the same everywhere.

One component for each thing; the templates are in templates/components/, and take nothing from the page around them.
A tag is short for including its template: {% status "good" text %} is
{% include "components/status.html" with tone="good" text=text only %}.

| thing              | write                                              | template           |
| ------------------ | -------------------------------------------------- | ------------------ |
| status             | {% status tone text [icon] [plain=True] [lang=] %} | status.html        |
| who may read       | {% lock document.level %}                          | lock.html          |
| icon, sign         | {% icon "download" %}                              | icon.html          |
| person             | {% person user [address=True] %}                   | person.html        |
| person in a text   | {{ person|named }}, {{ name|quoted }}              |                    |
| date, period       | {{ x|as_of }}, {{ x|day }}, {{ x|instant }},       |                    |
|                    | {% period start end %}                             |                    |
| text of a fact     | <p{{ row|lang:"answer" }}>{{ row|text:"answer" }}</p>                  |
|                    | within a sentence {{ row|in_sentence:"answer" }}   |                    |
| number, file size  | {{ n|number }}, {{ bytes|file_size }}              |                    |
| navigation link    | {% nav "site:overview" _("Overview") "other:url" %}|                    |
| field of a form    | include with field=form.email [wide=True]          | field.html         |
| errors of a form   | include with form=form                             | form_errors.html   |
| one thing to know  | include with tone= title= text= [alert=True]       | callout.html       |
| nothing here       | include with title= text= href= label= [plain=True]| empty.html         |
| where the page is  | include with href= label= here=                    | crumbs.html        |
| what happened      | include with events=                               | history.html       |
| pages of a list    | include with page_obj=                             | pager.html         |

A tone is good, wait, none or bad. It picks colour and sign; the word is always there too.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any, Protocol

from django import template
from django.template import Context
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from trustcenter.web import dates, markup, typed
from trustcenter.web.dates import written

register = template.Library()

# Drawn as a filled shape of 16 by 16; every other symbol of icons.svg is a line drawing of 20 by 20.
SIGNS = frozenset({"good", "wait", "none", "bad", "alert", "info", "planned", "split"})


@register.inclusion_tag("components/icon.html")
def icon(name: str) -> dict[str, str]:
    """A symbol of icons.svg. It says nothing to a screen reader: a word stands beside it."""
    return {"name": name, "kind": "sign" if name in SIGNS else "icon"}


@register.inclusion_tag("components/status.html")
def status(tone: str, text: str, icon: str = "", *, plain: bool = False, lang: str = "") -> dict[str, Any]:
    """How something stands: colour, sign and word. `plain` leaves the pill away, for dense rows.

    `lang` is what the filter of that name says of a word that somebody wrote.
    """
    return {"tone": tone, "text": text, "icon": icon, "plain": plain, "lang": lang}


@register.inclusion_tag("components/lock.html")
def lock(level: Any) -> dict[str, Any]:
    """Who may read a document of this level."""
    return {"level": level}


@register.inclusion_tag("components/person.html")
def person(person: Any, *, address: bool = False) -> dict[str, Any]:
    """A person's initials and name; with `address`, also the mailbox that they proved."""
    return {"person": person, "address": address}


@register.filter
def initials(person: Any) -> str:
    """Up to two letters for a person, from the name or else the address."""
    words = (getattr(person, "name", "") or getattr(person, "email", "")).split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.filter
def levels(documents: Iterable[Any]) -> list[Any]:
    """The levels of the documents, once each, in the order that an administrator gave them."""
    found = {document.level_id: document.level for document in documents if document.level}
    return sorted(found.values(), key=lambda level: (level.position, level.pk))


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
def quotation(text: str) -> str:
    """A text of several lines in a mail, so that none of them reads like ours."""
    return "\n".join(f"> {line}" for line in text.splitlines())


@register.filter
def message_tone(level: str) -> str:
    """The tone of a message by its level."""
    match level:
        case "success":
            return "good"
        case "warning":
            return "wait"
        case "error":
            return "bad"
        case _:
            return "none"


@register.simple_tag(takes_context=True)
def current(context: Context, name: str, *inside: str) -> str:
    """`aria-current` of a link to the URL `name`: "page" there, "true" on the pages `inside` its section.

    "company*" in `inside` means every page of the same namespace whose URL name begins so.
    """
    # From the request, because components are included with `only`; an error page may have no request.
    match = getattr(getattr(context, "request", None), "resolver_match", None)
    if match is None:
        return ""
    if match.view_name == name:
        return mark_safe(' aria-current="page"')
    space = name.rpartition(":")[0]
    names = (one if ":" in one else f"{space}:{one}" for one in inside)
    return mark_safe(' aria-current="true"') if any(fnmatchcase(match.view_name, one) for one in names) else ""


@register.simple_tag(takes_context=True)
def nav(context: Context, name: str, label: str, *inside: str) -> str:
    """A link of the main navigation, marked as `current` marks it."""
    return format_html('<a href="{}"{}>{}</a>', reverse(name), current(context, name, *inside), label)


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
    language = row.in_language(name)[1] if row else ""
    return format_html(' lang="{}"', language) if language else ""


@register.filter
def in_sentence(row: InLanguages, name: str) -> SafeString | str:
    """Such a text within a sentence: in an element of its own if its language is not that of the page."""
    words, language = row.in_language(name)
    return format_html('<span lang="{}">{}</span>', language, words) if language else words


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


def words_of_day(day: date) -> str:
    """A day in full without markup, for labels and drawings."""
    return written(day, "j M Y")


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


@register.filter
def of(found: Mapping[Any, Any] | None, key: Any) -> Any:
    """The value of a mapping under a key, or nothing."""
    return found.get(key) if found else None


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
def side_by_side(claims: Iterable[Any]) -> list[list[Any]]:
    """The claims in order, each grouped with the claims that contradict it, so that no page shows only one side.

    A claim that already stands beside an earlier one is not repeated.
    """
    groups: list[list[Any]] = []
    shown: set[Any] = set()
    for claim in claims:
        if claim.pk in shown:
            continue
        group = [claim, *claim.contradicting]
        shown.update(one.pk for one in group)
        groups.append(group)
    return groups


@register.filter
def titles(documents: Iterable[Any]) -> str:
    """The titles of documents in one line: "SOC 2 report, Bridge letter and Questionnaire"."""
    return str(get_text_list([text(document, "title") for document in documents], _("and")))
