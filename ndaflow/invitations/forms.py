from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ndaflow.invitations.models import Invitation
from trustcenter.web.fields import Line


class BeginForm(forms.Form):
    """What the invited person adds: their name, unless the colleague who invited them knew it."""

    name = Line(
        label=_("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name.")},
    )

    def __init__(self, data: Any = None, *, invitation: Invitation, known: str = "") -> None:
        super().__init__(data)
        self._name = known or invitation.name
        if self._name:
            del self.fields["name"]

    @property
    def name_to_use(self) -> str:
        return self._name or str(self.cleaned_data["name"])
