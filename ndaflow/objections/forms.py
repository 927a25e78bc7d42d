from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ndaflow.objections.models import LONGEST_TEXT
from trustcenter.accounts.forms import WhoForm
from trustcenter.accounts.models import User
from trustcenter.web.fields import LongText


class ObjectionForm(WhoForm):
    """What a customer fills in."""

    text = LongText(
        label=_("What do you object to?"),
        max_length=LONGEST_TEXT,
        help_text=_("Say why, such as a law or a clause of your contract."),
        error_messages={"required": _("Say what you object to.")},
    )

    def __init__(self, data: Any = None, *, person: User | None = None, initial: Any = None) -> None:
        super().__init__(data, person=person, initial=initial)
        if person is not None and person.name:
            del self.fields["name"]


class AnswerForm(forms.Form):
    text = LongText(
        label=_("Your answer"),
        max_length=LONGEST_TEXT,
        help_text=_("The person gets it by e-mail."),
        error_messages={"required": _("Write an answer. The person gets it by e-mail.")},
    )
