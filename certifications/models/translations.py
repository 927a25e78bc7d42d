from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _


class InEnglish(models.Model):
    """A public fact whose texts are in English. A page in another language shows them marked as such."""

    class Meta:
        abstract = True

    def in_language(self, name: str) -> tuple[str, str]:
        """The text of a field as this page shows it, and its language if that is not the page's."""
        language = translation.get_language() or settings.LANGUAGE_CODE
        text: str = getattr(self, name)
        if language == settings.LANGUAGE_CODE or not text:
            return text, ""
        translated = self._translation(language, name)
        return (translated, "") if translated else (text, settings.LANGUAGE_CODE)

    def _translation(self, language: str, name: str) -> str:
        """The text in another language; "" if there is none."""
        return ""


class Translated(InEnglish):
    """A public fact whose texts may be translated: {"de": {"question": "…"}}. The texts themselves are in English.

    A page in another language shows the translation, or the English text marked as such. Search, `posture.json` and the
    history of the public facts have the English text only, which is the one that the company stands by.
    """

    # The fields that may be translated.
    translatable: ClassVar[tuple[str, ...]] = ()

    translations = models.JSONField(
        _("translations"),
        default=dict,
        blank=True,
        help_text=_("The texts in other languages, as {“de”: {“name of the field”: “text”}}."),
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        languages = dict(settings.LANGUAGES).keys() - {settings.LANGUAGE_CODE}
        if not self._are_texts():
            raise ValidationError({"translations": _("Write a table of texts for each language.")})
        for language, texts in self.translations.items():
            if language not in languages:
                known = {"language": language, "known": ", ".join(sorted(languages))}
                raise ValidationError({"translations": _("“%(language)s” is not one of %(known)s.") % known})
            for name in texts.keys() - set(self.translatable):
                known = {"name": name, "known": ", ".join(self.translatable)}
                raise ValidationError({"translations": _("“%(name)s” is not one of %(known)s.") % known})

    def _are_texts(self) -> bool:
        tables: Any = self.translations
        return isinstance(tables, dict) and all(
            isinstance(texts, dict) and all(isinstance(text, str) and text.strip() for text in texts.values())
            for texts in tables.values()
        )

    def _translation(self, language: str, name: str) -> str:
        found: str = self.translations.get(language, {}).get(name, "")
        return found
