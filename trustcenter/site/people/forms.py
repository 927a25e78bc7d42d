from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from trustcenter.accounts.fields import AddressField
from trustcenter.accounts.models import User
from trustcenter.accounts.refusals import Refusal
from trustcenter.accounts.roles import Role
from trustcenter.web.fields import Line


class RolesForm(forms.Form):
    """The roles of a colleague, each with what it may do."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": Refusal.NO_ROLE.label},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        explained = [(role.value, format_html("{}<small>{}</small>", role.label, role.may_do)) for role in Role]
        self.fields["roles"].choices = explained  # type: ignore[attr-defined]  # of a choice field

    def chosen(self) -> list[Role]:
        return [Role(name) for name in self.cleaned_data["roles"]]


class AddForm(RolesForm):
    """A new colleague: name, address, roles."""

    name = Line(
        label=_("Name"),
        max_length=150,
        help_text=_("Colleagues and requesters see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter a name.")},
    )
    email = AddressField(label=_("Work e-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))

    field_order = ("name", "email", "roles")

    def clean_email(self) -> str:
        """The flow refuses a colleague too. Here it is said beside the field, and nothing typed is lost."""
        email: str = self.cleaned_data["email"]
        if User.objects.filter(email=email, is_staff=True).exists():
            raise forms.ValidationError(str(Refusal.STAFF_BEFORE.label) % {"email": email})
        return email
