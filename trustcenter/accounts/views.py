"""What we change in allauth's pages."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from allauth.account import views as account
from allauth.account.mixins import NextRedirectMixin, RedirectAuthenticatedUserMixin
from allauth.account.stages import LoginStage
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import DeactivateTOTPView
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.generic.edit import FormView

from trustcenter.accounts import codes, factors, flows, mailed_codes
from trustcenter.accounts.forms import CodeForm, TypedCodeForm
from trustcenter.accounts.mailed_codes import Answer, Purpose
from trustcenter.accounts.refusals import Refusal
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.web.client import client_address

View = Callable[..., HttpResponse]

OVER = _("This code no longer works. Request a new one.")


class MayStartAgain:
    """Lets a person who mistyped the address start again; allauth would keep them at the page for the code."""

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> None:
        return None


class SignInView(MayStartAgain, account.LoginView):
    """One page for a mailed code (customers and prospects) and a password or passkey (staff)."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "code_form": CodeForm(auto_id="code_%s")}


class CodeView(MayStartAgain, RedirectAuthenticatedUserMixin, NextRedirectMixin, FormView):  # type: ignore[type-arg]  # Django's class takes no argument at run time
    """Takes an address and mails a code to it."""

    form_class = CodeForm
    template_name = "account/request_login_code.html"

    def form_valid(self, form: CodeForm) -> HttpResponse:
        next_url = self.get_next_url()
        if next_url:
            self.request.session[codes.NEXT] = next_url
        return codes.send_code(self.request, form.cleaned_data["email"])

    def get_default_success_url(self) -> str | None:
        return None


class OneCode:
    """A page for a mailed code. The code's row decides whether it is right, not allauth's session."""

    request: HttpRequest
    purpose: Purpose
    # The page that mails a new code.
    start: str
    _process: Any

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_form_kwargs()  # type: ignore[misc]  # of the view it is mixed into
        # There is none where another code is asked for.
        if "code" in kwargs:
            kwargs["code"] = partial(mailed_codes.attempt, self._process, self.purpose)
        return kwargs

    def form_invalid(self, form: TypedCodeForm) -> HttpResponse:
        match form.answer:
            case Answer.USED:
                # Of two at once, the other won. Its session must not be overwritten.
                return redirect("account_login")
            case Answer.OVER:
                self._process.abort()
                messages.error(self.request, OVER)
                return redirect(self.start)
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]  # of the view it is mixed into
        return response


class ConfirmSignInCodeView(OneCode, account.ConfirmLoginCodeView):
    purpose = Purpose.SIGN_IN
    start = "account_request_login_code"

    def _resend_form_valid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super()._resend_form_valid(form)
        mailed_codes.keep(self._process, self.purpose)
        return response


class ConfirmPasswordCodeView(OneCode, account.ConfirmPasswordResetCodeView):
    purpose = Purpose.RESET
    start = "account_reset_password"


class NewPasswordView(account.CompletePasswordResetView):
    """Takes the new password, one for each code."""

    def form_valid(self, form: Form) -> HttpResponse:
        if not mailed_codes.spend(self._process):
            return redirect("account_login")
        response: HttpResponse = super().form_valid(form)
        return response


def says_when_over(view: View) -> View:
    """Adds a message where allauth redirects people without one because their code has expired."""

    @wraps(view)
    def spoken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        over = request.method == "POST" and response.headers.get("Location") == reverse("account_request_login_code")
        if over and not len(messages.get_messages(request)):
            messages.error(request, OVER)
        return response

    return spoken


def staff_only(view: View) -> View:
    """Prospects have no password and no factors, so for them these pages do not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_staff:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def adds_factor(view: View) -> View:
    """A page that adds a second factor, for sessions that may."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = person(request)
        if not factors.may_enrol(factors.proofs(request, user), user):
            return ask_administrator(request)
        return view(request, *args, **kwargs)

    return staff_only(guarded)


def ask_administrator(request: HttpRequest) -> HttpResponse:
    """What staff see whose session has proven no second factor and may not add one."""
    return render(request, "mfa/ask_administrator.html", status=403)


class RemovesFactor:
    """A page that removes a second factor, but not the last one."""

    request: HttpRequest
    message: Promise
    _factor: Callable[[], Authenticator]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]  # of the view it is mixed into
        return {**context, "refusal": Refusal.LAST_FACTOR.label if factors.is_last(self._factor()) else ""}

    def form_valid(self, form: Form) -> HttpResponse:
        try:
            flows.remove_factor(self._factor(), by=person(self.request), address=client_address(self.request))
        except FlowError as refusal:
            messages.error(self.request, str(refusal))
            return redirect("mfa_index")
        messages.success(self.request, str(self.message))
        return redirect("mfa_index")


class RemoveAppView(RemovesFactor, DeactivateTOTPView):
    message = _("The authenticator app has been removed.")

    def _factor(self) -> Authenticator:
        return self.authenticator


class RemovePasskeyView(RemovesFactor, RemoveWebAuthnView):
    message = _("The passkey has been removed.")

    def _factor(self) -> Authenticator:
        return self.object
