"""Template tags for every page, so that the same thing looks the same everywhere; `writing` has the filters for values.

One component for each thing; the templates are in templates/components/, and take nothing from the page around them.
A tag is short for including its template: {% lock level %} is
{% include "components/lock.html" with level=level only %}.

| thing              | write                                              | template           |
| ------------------ | -------------------------------------------------- | ------------------ |
| status             | {% status tone text [icon] [plain=True] [lang=] %} |                    |
| who may read       | {% lock document.level %}                          | lock.html          |
| icon, sign         | {% icon "download" %}                              |                    |
| person             | {% person user [address=True] %}                   | person.html        |
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
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from django import template
from django.template import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# Drawn as a filled shape of 16 by 16; every other symbol of icons.svg is a line drawing of 20 by 20.
SIGNS = frozenset({"good", "wait", "none", "bad", "alert", "info", "planned", "split"})
# Written here and not in templates, because a list draws hundreds of them.
ICON = '<svg class="{}" aria-hidden="true" focusable="false">\n  <use href="{}#{}"></use></svg>\n'
STATUS = '<span class="status" data-tone="{}"{}{}>\n  {}{}</span>\n'


@register.simple_tag
def icon(name: str) -> SafeString:
    """A symbol of icons.svg. It says nothing to a screen reader: a word stands beside it."""
    return _symbol(name)


@register.simple_tag
def status(tone: str, text: str, icon: str = "", *, plain: bool = False, lang: str = "") -> SafeString:
    """How something stands: colour, sign and word. `plain` leaves the pill away, for dense rows.

    `lang` is what the filter of that name says of a word that somebody wrote.
    """
    dense = mark_safe(" data-plain") if plain else ""
    return format_html(STATUS, tone, dense, lang, _symbol(icon or tone), text)


@lru_cache(maxsize=200)
def _symbol(name: str) -> SafeString:
    return format_html(ICON, "sign" if name in SIGNS else "icon", static("trustcenter/icons.svg"), name)


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


@register.filter
def of(found: Mapping[Any, Any] | None, key: Any) -> Any:
    """The value of a mapping under a key, or nothing."""
    return found.get(key) if found else None


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
