"""A person removes a second factor of their own."""

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy as _

from trustcenter import audit
from trustcenter.accounts import factors
from trustcenter.accounts.factors import Method
from trustcenter.accounts.models import Session, User
from trustcenter.accounts.refusals import Refusal
from trustcenter.audit.actions import Action
from trustcenter.work import ids

REMOVED = {
    Authenticator.Type.TOTP: _("The authenticator app was removed."),
    Authenticator.Type.WEBAUTHN: _("A passkey was removed."),
}


def remove_factor(factor: Authenticator, *, by: User, address: str) -> None:
    """Removes one of the person's own second factors, and says so by mail. Raises FlowError for the last one.

    Recovery codes replace a second factor but are not one. Only `staff.start_over` removes the last factor.
    """
    with audit.change(by=by) as change:
        # If two are removed at once, the second removal has to see the first one.
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        if factors.is_last(factor):
            raise audit.FlowError(Refusal.LAST_FACTOR)
        if Authenticator.objects.filter(pk=factor.pk, user=by).delete()[0]:
            change.record(
                Action.FACTOR_REMOVED, subject=by, method=Method.of_factor(factor.type).value, address=address
            )
            what = {"what": REMOVED[Authenticator.Type(factor.type)], "at": change.at, "address": address}
            change.mail("security_change", to=by.email, context=what)


def end_sessions(*, by: User, here: str, handle: str = "") -> int:
    """Ends the person's session with that handle, or all but the one with the key `here`. Returns how many ended."""
    with audit.change(by=by) as change:
        others = Session.objects.filter(person=by).exclude(session_key=here)
        if handle:
            others = others.filter(handle=ids.typed(handle))
        ended = others.delete()[0]
        if ended:
            change.record(Action.SESSIONS_ENDED, subject=by, count=ended)
    return ended
