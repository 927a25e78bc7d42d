"""The details of a record as people read them: codes by their label, dates and people in the reader's language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from trustcenter.web.typed import named, quoted

_labels: dict[str, dict[str, Any]] = {}


def register(key: str, labels: Mapping[str, Any]) -> None:
    """Gives the codes that details keep under `key` their labels. Several packages may each bring codes of their own.

    Raises ValueError for a code that has another label already.
    """
    known = _labels.setdefault(key, {})
    for code, label in labels.items():
        if known.setdefault(code, label) != label:
            raise ValueError(f"{key}: {code} has two labels")


def has_label(key: str, code: str) -> bool:
    return code in _labels.get(key, ())


def sentence(label: Any, detail: Mapping[str, Any]) -> str:
    """The label with the names in it filled from a detail."""
    return str(label) % Words(detail)


# What details keep for a choice that was made or not.
YES_OR_NO = {"yes": gettext_lazy("yes"), "no": gettext_lazy("no")}
# What details keep as ISO dates and instants.
DATES = {"until", "made_at", "due_at", "starts_on", "ends_on"}
# What somebody typed, such as the name under a signature. It stands in quotation marks, so that it cannot be read as a
# part of our sentence.
TYPED = {"rule", "why", "entity", "reason", "question", "answer", "name", "former", "entry", "file", "path", "about"}
TYPED |= {"signer"}


class Words(dict[str, Any]):
    """The detail of a record, for the names in its action's sentence."""

    def __getitem__(self, key: str) -> str:
        if key not in self:
            return self._missing(key)
        value = super().__getitem__(key)
        if key in _labels:
            codes = value if isinstance(value, list) else [value]
            return str(get_text_list([self._labelled(key, code) for code in codes], _("and")))
        if key in TYPED and not isinstance(value, dict):
            return quoted(str(value))
        return _date(value) if key in DATES else said(value)

    def _missing(self, key: str) -> str:
        """What stands for a name that the detail does not have: it was erased, or nobody acted."""
        if key == "actor":
            return _("The trust center") if self else _("Someone")
        return _("[erased]")

    def _labelled(self, key: str, code: str) -> str:
        # A code that no package names any more still says something to an engineer.
        return sentence(_labels[key].get(code, code.replace("%", "%%")), dict.get(self, "words", {}))


def said(value: Any) -> str:
    """One value of a detail: a person by name and address, a thing with a title, a list of them, or text as it is."""
    match value:
        case {"email": email, "name": name}:
            return named(name, email)
        case {"title": title, "version": version}:
            return _("%(title)s, version %(version)s") % {"title": title, "version": version}
        case {"title": title}:
            return str(title)
        case []:
            return _("none")
        case list():
            return str(get_text_list([said(one) for one in value], _("and")))
    return str(value)


def _date(text: str) -> str:
    """The day of an ISO date or instant."""
    if not text:
        return ""
    instant = datetime.fromisoformat(text)
    return date_format(instant if instant.tzinfo is None else timezone.localtime(instant), "j F Y")
