"""The pages of allauth that we use. Others (sign-up, addresses, links) do not exist here."""

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import path
from django.views.generic import RedirectView

from trustcenter.accounts.factor_views import RemoveAppView, RemovePasskeyView, adds_factor, staff_only
from trustcenter.accounts.views import (
    CodeView,
    ConfirmPasswordCodeView,
    ConfirmSignInCodeView,
    NewPasswordView,
    ResetPasswordView,
    SignInView,
    says_when_over,
    signed_out,
)

urlpatterns = [
    path("login/", SignInView.as_view(), name="account_login"),
    path("login/code/", CodeView.as_view(), name="account_request_login_code"),
    path("login/code/confirm/", says_when_over(ConfirmSignInCodeView.as_view()), name="account_confirm_login_code"),
    path("logout/", account.logout, name="account_logout"),
    path("signed-out/", signed_out, name="account_signed_out"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", staff_only(account.reauthenticate), name="account_reauthenticate"),
    path("password/change/", staff_only(account.password_change), name="account_change_password"),
    # A person without a password gets one with a mailed code.
    path("password/set/", RedirectView.as_view(pattern_name="account_reset_password"), name="account_set_password"),
    path("password/reset/", ResetPasswordView.as_view(), name="account_reset_password"),
    path(
        "password/reset/confirm/",
        ConfirmPasswordCodeView.as_view(),
        name="account_confirm_password_reset_code",
    ),
    path("password/reset/complete/", NewPasswordView.as_view(), name="account_complete_password_reset"),
    path("password/reset/done/", account.password_reset_from_key_done, name="account_password_reset_completed"),
    path("2fa/", staff_only(factors.index), name="mfa_index"),
    path("2fa/authenticate/", factors.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", staff_only(factors.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", adds_factor(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", staff_only(RemoveAppView.as_view()), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", staff_only(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        adds_factor(recovery.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/download/",
        staff_only(recovery.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("2fa/passkeys/", staff_only(passkeys.list_webauthn), name="mfa_list_webauthn"),
    path("2fa/passkeys/add/", adds_factor(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("2fa/passkeys/login/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path(
        "2fa/passkeys/reauthenticate/",
        staff_only(passkeys.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("2fa/passkeys/keys/<int:pk>/remove/", staff_only(RemovePasskeyView.as_view()), name="mfa_remove_webauthn"),
    path("2fa/passkeys/keys/<int:pk>/edit/", staff_only(passkeys.edit_webauthn), name="mfa_edit_webauthn"),
]
