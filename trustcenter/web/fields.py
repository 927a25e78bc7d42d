"""Form fields that more than one package uses."""

from typing import Any

from django import forms


class LongText(forms.CharField):
    """A text of several lines, separated by "\\n".

    Browsers count the end of a line as one character and send two, CR and LF (HTML, 4.10.11). Without the conversion, a
    text that the browser accepted could be too long here.
    """

    widget = forms.Textarea(attrs={"rows": 3})

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n")
