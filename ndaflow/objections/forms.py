from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ndaflow.objections.models import LONGEST_TEXT
from trustcenter.accounts.fields import AddressField
from trustcenter.accounts.models import User
from trustcenter.web.fields import Line, LongText


class ObjectionForm(forms.Form):
    """What a customer fills in. A person who is signed in is not asked for their address again."""

    email = AddressField(
        label=_("Work e-mail"),
        help_text=_("We send a code there to confirm that it is yours."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Enter your work e-mail.")},
    )
    name = Line(
        label=_("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name.")},
    )
    company_name = Line(
        label=_("Company"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": _("Enter the company you work for.")},
    )
    text = LongText(
        label=_("What do you object to?"),
        max_length=LONGEST_TEXT,
        help_text=_("Say why, such as a law or a clause of your contract."),
        error_messages={"required": _("Say what you object to.")},
    )

    def __init__(self, data: Any = None, *, person: User | None = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        if person is not None:
            del self.fields["email"]
            self.fields["name"].initial = person.name
            self.fields["company_name"].initial = person.company.legal_name if person.company else ""
            if person.name:
                del self.fields["name"]


class AnswerForm(forms.Form):
    text = LongText(
        label=_("Your answer"),
        max_length=LONGEST_TEXT,
        help_text=_("The person gets it by e-mail."),
        error_messages={"required": _("Write an answer. The person gets it by e-mail.")},
    )
