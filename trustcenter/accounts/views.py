"""What we change in allauth's pages."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from allauth.account import views as account
from allauth.account.mixins import NextRedirectMixin, RedirectAuthenticatedUserMixin
from allauth.account.stages import LoginStage
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.generic.edit import FormView

from trustcenter.accounts import codes, mail_limits, mailed_codes
from trustcenter.accounts.forms import CodeForm, ResetPasswordForm, TypedCodeForm
from trustcenter.accounts.mailed_codes import Answer, Purpose

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
        try:
            mail = mail_limits.count(self.request, form.cleaned_data["email"])
        except mail_limits.TooMany as refusal:
            return _too_many(self, form, refusal)
        next_url = self.get_next_url()
        if next_url:
            self.request.session[codes.NEXT] = next_url
        return codes.send_code(self.request, mail)

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
        # It is missing if another code was requested.
        if "code" in kwargs:
            kwargs["code"] = partial(mailed_codes.attempt, self._process, self.purpose)
        return kwargs

    def form_invalid(self, form: TypedCodeForm) -> HttpResponse:
        match form.answer:
            case Answer.USED:
                # A concurrent request won. Its session must not be overwritten.
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

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["invited_at"] = self.request.session.get(codes.INVITED_AT, "")
        if context["invited_at"]:
            # The link of an invitation leads here, and it may have been passed on.
            del context["email"]
        return context

    # allauth says so on the method that this one replaces.
    @method_decorator(login_not_required)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Not to the ordinary form, which asks for an address that the invitation knows.
        invited_at = request.session.get(codes.INVITED_AT)
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        if not (invited_at and response.headers.get("Location") == reverse(self.start)):
            return response
        if self._process is None:
            # allauth ended it because its time was over.
            messages.error(request, OVER)
        return redirect(invited_at)

    def _resend_form_valid(self, form: Form) -> HttpResponse:
        # allauth counts in the session, where parallel requests do not see each other.
        try:
            mail_limits.count(self.request, self._process.state["email"])
        except mail_limits.TooMany as refusal:
            messages.error(self.request, str(refusal))
            return redirect("account_confirm_login_code")
        response: HttpResponse = super()._resend_form_valid(form)
        mailed_codes.keep(self._process, self.purpose)
        # The same for an address that gets no code.
        if self.request.session.get(codes.INVITED_AT):
            sent = _(
                "We have sent another e-mail to the invited address. The earlier code works too, until you use one of them."
            )
        else:
            sent = _("We have sent another e-mail to %(email)s. The earlier code works too, until you use one of them.")
        messages.success(self.request, str(sent) % {"email": self._process.state["email"]})
        return response


class ResetPasswordView(account.PasswordResetView):
    """Mails a code for a new password, as many as the address or this browser may have."""

    def form_valid(self, form: ResetPasswordForm) -> HttpResponse:
        try:
            mail_limits.count(self.request, form.cleaned_data["email"])
        except mail_limits.TooMany as refusal:
            return _too_many(self, form, refusal)
        form.save(self.request)
        return redirect(self.get_success_url())


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


@login_not_required
@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Says so at once. A page from the shared cache could not."""
    return render(request, "account/signed_out.html")


def _too_many(view: Any, form: Form, refusal: mail_limits.TooMany) -> HttpResponse:
    """The form again, with the sentence that says how to go on."""
    form.add_error(None, str(refusal))
    response: HttpResponse = view.render_to_response(view.get_context_data(form=form), status=429)
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
