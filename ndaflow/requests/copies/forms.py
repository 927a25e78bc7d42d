from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ndaflow.requests.copies.models import LONGEST_ANSWER, DestructionRequest
from trustcenter.web.fields import LongText


class AnswerForm(forms.Form):
    """Whether copies are destroyed, and what is left of them."""

    answer = forms.ChoiceField(
        label=gettext_lazy("Are they destroyed?"),
        choices=DestructionRequest.Answer.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one of the two answers.")},
    )
    words = LongText(
        label=gettext_lazy("What is left, where, and why"),
        max_length=LONGEST_ANSWER,
        required=False,
        help_text=gettext_lazy("Only if you keep a copy."),
    )

    def __init__(self, data: Any = None, *, asked: DestructionRequest) -> None:
        super().__init__(data, auto_id=f"id_%s_{asked.pk}")
        self.asked = asked

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("answer") == DestructionRequest.Answer.KEPT and not data.get("words", "").strip():
            self.add_error("words", _("Say which copies are left, where, and why."))
        return data
