"""Template tags of the shell: navigation and the few words that every page says the same way."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag(takes_context=True)
def current(context: Context, name: str, *inside: str) -> str:
    """`aria-current` of a link to the URL `name`: "page" there, "true" on the pages `inside` its section."""
    # Read off the request itself: components are included with `only`, and an error page may have no request.
    match = getattr(getattr(context, "request", None), "resolver_match", None)
    if match is None:
        return ""
    if match.view_name == name:
        return mark_safe(' aria-current="page"')
    return mark_safe(' aria-current="true"') if match.view_name in inside else ""


@register.simple_tag(takes_context=True)
def nav(context: Context, name: str, label: str, *inside: str) -> str:
    """A link of the main navigation, marked as `current` marks it."""
    return format_html('<a href="{}"{}>{}</a>', reverse(name), current(context, name, *inside), label)


@register.filter
def as_of(day: date | None) -> SafeString | str:
    """A date as people say it: "Mar 2026" for the first of a month, "12 Mar 2026" for any other day."""
    if not day:
        return ""
    words = date_format(day, "M Y" if day.day == 1 else "j M Y")
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), words)


@register.filter
def day(value: date | datetime | None) -> SafeString | str:
    """A day in full, "1 Oct 2026", where the day itself counts: ends, periods, signatures."""
    if not value:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), date_format(value, "j M Y"))


@register.filter
def instant(value: datetime | None) -> SafeString | str:
    """A moment with its zone: "1 Oct 2026, 14:02 UTC"."""
    if not value:
        return ""
    local = timezone.localtime(value)
    words = f"{date_format(local, 'j M Y')}, {local:%H:%M} {local:%Z}"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), words)


@register.filter
def of(found: dict[str, Any], key: str) -> Any:
    """What a mapping holds under a key that the template knows, or nothing."""
    return found.get(key)


@register.filter
def side_by_side(claims: Iterable[Any]) -> list[list[Any]]:
    """The claims in order, each with those that contradict it, so that no page shows one of them alone.

    A claim already shown beside an earlier one is not shown again.
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
