import time
from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from trustcenter.accounts import factors
from trustcenter.accounts.factor_views import ask_administrator
from trustcenter.accounts.sessions import signed_in
from trustcenter.web import throttle

ADD_FACTOR = {"mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate"}
SHOW_FACTOR = {"mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
# The recovery codes come with the first factor.
OWN_PASSWORD = {"account_change_password", "mfa_view_recovery_codes", "mfa_download_recovery_codes"}


# Sessions that begin for one network in an hour: more than an office needs, and a table that nobody can fill.
SESSIONS_AN_HOUR = 300


class CappedSessionMiddleware(SessionMiddleware):
    """Begins no session with an answer 429, and only so many for one network in an hour.

    A session of a stranger is a row that stays for twelve hours. Beyond the cap the answer is 429 as well, because a page
    that needs a session would fail in its next step.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        session = getattr(request, "session", None)
        if session is None or session.session_key or not session.modified or session.is_empty():
            return super().process_response(request, response)
        # An error is not kept either, so it takes no place.
        if response.status_code < 429 and not throttle.allow(request, "sessions", SESSIONS_AN_HOUR, seconds=3600):
            response = render(request, "429.html", {"minutes": 60}, status=429)
        if response.status_code == 429:
            session.modified = False
        return super().process_response(request, response)


class SignedInMiddleware(AuthenticationMiddleware):
    """Django's own, with the person who was read together with the session."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: signed_in(request))  # type: ignore[assignment]  # stands for a person


class SecondFactorMiddleware:
    """Allows staff only the next step of sign-in until their session has proven both factors."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        # Without the cookie nobody is signed in. A public page must not open a session to find that out.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        user = request.user
        if not user.is_authenticated or not user.is_staff:
            return None
        page = request.resolver_match.view_name if request.resolver_match else None
        if page == "account_logout":
            return None
        proven = factors.proofs(request, user)
        if not factors.by_password(proven) and not factors.by_passkey(proven):
            # This session is from before the person became staff.
            logout(request)
            messages.info(request, _("You are now a member of staff. Sign in with your password."))
            return HttpResponseRedirect(reverse("account_login"))
        if time.time() - proven[0]["at"] > settings.SESSION_COOKIE_AGE:
            # Each change to a session extends it; staff must still sign in again after twelve hours.
            logout(request)
            return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}")
        if factors.enough_for_staff(proven):
            if user.one_time_password_until is None:
                return None
            sentence = _("Now choose your own password.")
            return self._keep_to(request, page, OWN_PASSWORD, sentence, "account_change_password")
        if is_mfa_enabled(user):
            sentence = _("Confirm your second factor to continue.")
            return self._keep_to(request, page, SHOW_FACTOR, sentence, "mfa_reauthenticate")
        if factors.may_enrol(proven, user):
            sentence = _("Staff need a second factor. Add an authenticator app or a passkey to continue.")
            return self._keep_to(request, page, ADD_FACTOR, sentence, "mfa_activate_totp")
        return ask_administrator(request)

    def _keep_to(
        self, request: HttpRequest, page: str | None, allowed: set[str], sentence: str, step: str
    ) -> HttpResponse | None:
        if page in allowed:
            return None
        messages.info(request, sentence)
        query = {"next": request.get_full_path()} if request.method == "GET" and step == "mfa_reauthenticate" else {}
        return HttpResponseRedirect(reverse(step) + (f"?{urlencode(query)}" if query else ""))
