"""The pages where staff add and remove second factors, as far as they are not allauth's own."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import DeactivateTOTPView
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from trustcenter.accounts import factors, flows
from trustcenter.accounts.refusals import Refusal
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.web.client import client_address

View = Callable[..., HttpResponse]


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
