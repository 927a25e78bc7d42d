"""Form fields of people, and columns for addresses and mail domains. They know only the spelling of `addresses`."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.accounts.addresses import LONGEST, canonical, canonical_domain
from trustcenter.web.fields import Char, Line

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

    Email = models.EmailField[str | Combinable, str]
else:
    Email = models.EmailField


class AddressField(forms.EmailField):
    """An address that somebody types."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONGEST)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        return canonical(typed) if typed else ""


class NameField(Line):
    """The name of the person who types, which their browser may fill in."""

    def __init__(self, **kwargs: Any) -> None:
        words = {"label": _("Your name"), "error_messages": {"required": _("Enter your name.")}}
        widget = forms.TextInput(attrs={"autocomplete": "name"})
        super().__init__(**{"max_length": 150, "widget": widget, **words, **kwargs})


class Address(Email):
    """The column of an address. Raises ValueError rather than store another spelling."""

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        return super().clean(canonical(value) if value else value, model_instance)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, str) and value and canonical(value) != value:
            raise ValueError(f"not the one spelling of an address: {value!r}")
        return super().get_db_prep_save(value, connection)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": AddressField, **kwargs})


class Domain(Char):
    """The column of a mail domain. Raises ValueError rather than store another spelling."""

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        return super().clean(canonical_domain(value.strip()) if value else value, model_instance)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, str) and value and canonical_domain(value) != value:
            raise ValueError(f"not the one spelling of a domain: {value!r}")
        return super().get_db_prep_save(value, connection)
