"""Adapts allauth: it sends mail through our outbox and follows our rules for sign-in."""

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from trustcenter import audit
from trustcenter.accounts import codes, factors, failures, known_browsers
from trustcenter.accounts.addresses import searched
from trustcenter.accounts.factors import Method
from trustcenter.accounts.models import User
from trustcenter.accounts.refusals import Refusal
from trustcenter.audit.actions import Action
from trustcenter.web import boxes
from trustcenter.web.client import client_address

# What the encryption of second factors is for; see `boxes`.
FACTOR = "second factor"
# A page with all its filters is shorter.
LONGEST_PATH = 1000
CODE_MAILS = {
    "account/email/login_code": "sign_in_code",
    "account/email/password_reset_code": "password_code",
}
HOME = (
    ("ndaflow.view_accessrequest", "desk:requests"),
    ("documents.view_document", "documents:desk"),
    ("ndaflow.view_agreementversion", "desk:agreements"),
)
CHANGES = {
    "account/email/password_changed": gettext_lazy("Your password was changed."),
    "account/email/password_reset": gettext_lazy("Your password was reset with a code from an e-mail."),
    "mfa/email/totp_activated": gettext_lazy("An authenticator app was added."),
    "mfa/email/webauthn_added": gettext_lazy("A passkey was added."),
    "mfa/email/recovery_codes_generated": gettext_lazy("New recovery codes were created. The old ones no longer work."),
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": gettext_lazy("This code is not correct. Check it and enter it again."),
        "email_password_mismatch": gettext_lazy("The e-mail address or the password is not correct."),
        "too_many_login_attempts": gettext_lazy("Too many attempts. Wait a few minutes, then try again."),
        "rate_limited": gettext_lazy("Too many requests. Wait a minute, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def is_safe_url(self, url: str | None) -> bool:
        """Only a path on this site: `//host`, `/\\host` and full addresses are refused. Long ones would fill sessions."""
        if url is None or len(url) > LONGEST_PATH:
            return False
        return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Sends each of allauth's mails with our text, through our outbox. Raises KeyError for a mail without one."""
        address = client_address(self.request)
        with audit.change(by=None) as change:
            if template_prefix in CODE_MAILS:
                seconds = settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT
                words = {"code": context["code"], "minutes": seconds // 60}
                expires_at = change.at + timedelta(seconds=seconds)
                change.mail(CODE_MAILS[template_prefix], to=email, context=words, expires_at=expires_at)
                change.record(Action.CODE_SENT, email=email, address=address)
            else:
                what = CHANGES[template_prefix]
                change.mail(
                    "security_change",
                    to=email,
                    context={"what": what, "at": timezone.now(), "address": address},
                )

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        if response or not user.is_staff:
            return response
        proven = factors.proofs(request, user)
        if not factors.by_password(proven) and not factors.by_passkey(proven):
            # This person became staff after the code was mailed.
            return self._back_to_sign_in(request, _("Staff sign in with a password or a passkey."))
        until = user.one_time_password_until
        if factors.by_password(proven) and until is not None and until < timezone.now():
            sentence = _("This one-time password has expired. Ask an administrator for a new one.")
            return self._back_to_sign_in(request, sentence)
        return None

    def _back_to_sign_in(self, request: HttpRequest, sentence: str) -> HttpResponse:
        clear_login(request)
        messages.error(request, sentence)
        return HttpResponseRedirect(reverse("account_login"))

    def post_login(self, request: HttpRequest, user: User, *, redirect_url: str | None, **kwargs: Any) -> HttpResponse:
        proven = factors.proofs(request, user)
        if factors.by_code(proven):
            codes.mailbox_was_proven(request, user)
            waiting = request.session.pop(codes.NEXT, None)
            redirect_url = waiting if self.is_safe_url(waiting) else redirect_url
        response: HttpResponse = super().post_login(request, user, redirect_url=redirect_url, **kwargs)
        if not user.is_staff or factors.enough_for_staff(proven):
            known_browsers.remember(request, response, user.email)
        return response

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return known_browsers.allowance(request, searched(str(credentials.get("email", ""))))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        failures.record(request, email=str(credentials.get("email", ""))[:254], method=Method.PASSWORD)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff start at the first page of their work."""
        for permission, page in HOME:
            if request.user.has_perm(permission):
                return reverse(page)
        return str(super().get_login_redirect_url(request))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")


class MFAAdapter(DefaultMFAAdapter):
    """Second factors are stored encrypted: nobody can sign in with a copy of the database alone."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_delete_authenticator": Refusal.LAST_FACTOR.label,
    }

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey %(number)s") % {"number": number}

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """For the page; `flows.remove_factor` asks again when it counts."""
        return not factors.is_last(authenticator)

    def get_totp_issuer(self) -> str:
        return settings.MFA_TOTP_ISSUER

    def encrypt(self, text: str) -> str:
        return boxes.encrypt(text, purpose=FACTOR)

    def decrypt(self, encrypted_text: str) -> str:
        return boxes.decrypt(encrypted_text, purpose=FACTOR)
