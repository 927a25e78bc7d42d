"""What we change in allauth's pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.account.mixins import NextRedirectMixin, RedirectAuthenticatedUserMixin
from allauth.account.stages import LoginStage
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic.edit import FormView

from trustcenter.accounts import codes
from trustcenter.accounts.forms import CodeForm

View = Callable[..., HttpResponse]


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


def says_when_over(view: View) -> View:
    """Adds a message where allauth redirects people without one because their code has expired."""

    @wraps(view)
    def spoken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        over = request.method == "POST" and response.headers.get("Location") == reverse("account_request_login_code")
        if over and not len(messages.get_messages(request)):
            messages.error(request, _("This code no longer works. Request a new one."))
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
