from collections.abc import Callable
from typing import Any

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.password_reset_by_code import PasswordResetVerificationProcess
from allauth.mfa.base import forms as factors
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as passkeys
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from trustcenter import audit
from trustcenter.accounts import mailed_codes
from trustcenter.accounts.fields import AddressField, NameField
from trustcenter.accounts.mailed_codes import Answer, Purpose
from trustcenter.accounts.models import User
from trustcenter.web.fields import Line

# In place of the list that Django makes of the rules in AUTH_PASSWORD_VALIDATORS.
PASSWORD = _(
    "At least 12 characters. Several words in a row are easy to remember. "
    "Common passwords and your own name or address are refused."
)


class CodeForm(forms.Form):
    """The address that gets a sign-in code."""

    email = AddressField(label=_("Work e-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class WhoForm(forms.Form):
    """Who somebody is. A person who is signed in is not asked for their address again."""

    email = AddressField(
        label=_("Work e-mail"),
        help_text=_("We send a code there to confirm that it is yours."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Enter your work e-mail.")},
    )
    name = NameField()
    company_name = Line(
        label=_("Company"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": _("Enter the company you work for.")},
    )

    def __init__(self, *args: Any, person: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if person is not None:
            del self.fields["email"]
            self.fields["name"].initial = person.name
            self.fields["company_name"].initial = person.company.legal_name if person.company else ""


class Labelled:
    """allauth's forms without placeholders: they repeat the label and disappear while typing."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignInForm(Labelled, account.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = forms.EmailInput(attrs={"autocomplete": "username"})
        self.fields["login"] = AddressField(label=_("Staff e-mail"), widget=login)
        self.fields["password"].help_text = ""


class ReauthenticateForm(Labelled, account.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class ChangePasswordForm(Labelled, account.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = _("Current password")
        self.fields["oldpassword"].help_text = ""
        _label_new(self.fields)


class NewPasswordForm(Labelled, account.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label_new(self.fields)


def _label_new(fields: dict[str, forms.Field]) -> None:
    """Names the two fields of a new password."""
    fields["password1"].label, fields["password2"].label = _("New password"), _("The new password again")
    fields["password1"].help_text = PASSWORD


class TypedCodeForm(Labelled, account.BaseConfirmCodeForm):
    """A code from a mail: with or without the dash, in capitals or not. `code` is a function that tries it.

    Whatever is sent counts as a try, also nothing: otherwise wrong tries could be recorded without end.
    """

    answer: Answer

    def __init__(self, *args: Any, code: Callable[[str], Answer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._attempt = code
        self.fields["code"].label = _("Code from the e-mail")
        self.fields["code"].widget.attrs.update(
            autocomplete="one-time-code",
            inputmode="text",
            autocapitalize="characters",
            spellcheck="false",
            **{"class": "code-entry"},
            autofocus=True,
        )

    def clean_code(self) -> str:
        """Replaces allauth's comparison with the session."""
        return str(self.cleaned_data["code"])

    def clean(self) -> None:
        self.answer = self._attempt(self.cleaned_data.get("code", ""))
        if self.answer is not Answer.RIGHT and not self.errors:
            self.add_error("code", get_adapter().validation_error("incorrect_code"))


class AppCode(Labelled):
    """Six digits from an authenticator app, or the eight digits of a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code from your authenticator app")
        self.fields["code"].widget.attrs.update(
            autocomplete="one-time-code", inputmode="numeric", autofocus=True, **{"class": "code-entry"}
        )


class AuthenticateForm(AppCode, factors.AuthenticateForm):
    pass


class ReauthenticateFactorForm(AppCode, factors.ReauthenticateForm):
    pass


class ActivateAppForm(AppCode, totp.ActivateTOTPForm):
    pass


class AddPasskeyForm(passkeys.AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        alone = self.fields["passwordless"]
        alone.initial = True
        alone.label = _("Sign in with this passkey alone")
        alone.help_text = _(
            "Your device asks for its PIN, fingerprint or face each time. Otherwise you use it after your password."
        )


class ResetPasswordForm(Labelled, account.ResetPasswordForm):
    """Resets a password with a mailed code, for staff with a second factor only.

    The second factor is still needed at sign-in, so that access to a mailbox alone never opens a staff session.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        before = self.fields["email"]
        self.fields["email"] = AddressField(label=before.label, widget=before.widget)

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        self.users = list(
            User.objects.filter(
                email=email,
                is_active=True,
                is_staff=True,
                authenticator__type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN],
            ).distinct()
        )
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        if not self.users:
            with audit.change(by=None) as change:
                change.mail("no_password", to=email)
        user = self.users[0] if self.users else None
        process = PasswordResetVerificationProcess.initiate(request=request, user=user, email=email)
        mailed_codes.keep(process, Purpose.RESET)
        return email
