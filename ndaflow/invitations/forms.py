from typing import Any

from django import forms

from ndaflow.invitations.models import Invitation
from trustcenter.accounts.fields import NameField


class BeginForm(forms.Form):
    """What the invited person adds: their name, unless the colleague who invited them knew it."""

    name = NameField()

    def __init__(self, data: Any = None, *, invitation: Invitation, known: str = "") -> None:
        super().__init__(data)
        self._name = known or invitation.name
        if self._name:
            del self.fields["name"]

    @property
    def name_to_use(self) -> str:
        return self._name or str(self.cleaned_data["name"])
