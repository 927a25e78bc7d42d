"""The fields of a form for the texts of a row in other languages: one for each text and language, such as `de_name`."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from certifications.models.translations import Translated
from trustcenter.web.fields import LongText

LONGEST = 20_000
LINES = 2


def names(model: type[Any]) -> list[tuple[str, str]]:
    """The languages besides that of the texts themselves, each with each text that may be translated; else nothing."""
    texts = model.translatable if issubclass(model, Translated) else ()
    return [(language, name) for language in _languages() for name in texts]


def fields(model: type[Any]) -> dict[str, forms.Field]:
    """The fields by name, in the order of `names`. None has to be filled."""
    found: dict[str, forms.Field] = {}
    for language, name in names(model):
        column = model._meta.get_field(name)
        words = {"name": capfirst(column.verbose_name), "language": _languages()[language]}
        found[f"{language}_{name}"] = LongText(
            label=_("%(name)s (%(language)s)") % words,
            required=False,
            max_length=column.max_length or LONGEST,
            widget=forms.Textarea(attrs={"rows": LINES, "lang": language}),
        )
    return found


class InLanguages(forms.BaseForm):
    """A form that ends with the fields for its texts in other languages."""

    def add_languages(self, model: type[Any]) -> None:
        """Adds the fields, once the others are there."""
        added = fields(model)
        self.fields |= added
        self._translated = list(added)

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """The other fields, for the template."""
        return [field for field in self if field.name not in self._translated]

    @property
    def translated_fields(self) -> list[forms.BoundField]:
        """The texts in other languages."""
        return [self[name] for name in self._translated]


def said(translations: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """What the fields say of the translations of a row."""
    return {f"{language}_{name}": text for language, texts in translations.items() for name, text in texts.items()}


def texts(model: type[Any], typed: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The translations that were typed into the fields."""
    found: dict[str, dict[str, str]] = {}
    for language, name in names(model):
        if text := str(typed.get(f"{language}_{name}") or "").strip():
            found.setdefault(language, {})[name] = text
    return found


def _languages() -> dict[str, str]:
    return {code: str(name) for code, name in settings.LANGUAGES if code != settings.LANGUAGE_CODE}
