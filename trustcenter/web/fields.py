"""Form fields and columns for what people type; `typed` says what they take."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models

from trustcenter.web import typed

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

    Char = models.CharField[str | Combinable, str]
else:
    Char = models.CharField


class Line(forms.CharField):
    """A name, a title or a company: one line of what can be seen."""

    def to_python(self, value: Any) -> str:
        return typed.line(super().to_python(value) or "")


class LongText(forms.CharField):
    """A text of several lines, separated by "\\n".

    Browsers count the end of a line as one character and send two, CR and LF (HTML, 4.10.11). Without the conversion, a
    text that the browser accepted could be too long here.
    """

    widget = forms.Textarea(attrs={"rows": 3})

    def to_python(self, value: Any) -> str:
        return typed.lines(super().to_python(value) or "")


class LineColumn(Char):
    """The column of a line, which the admin and the content file check as a form does."""

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        return super().clean(typed.line(value) if isinstance(value, str) else value, model_instance)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": Line, **kwargs})
