"""The steps of this room: a person removes a second factor, and a member of staff confirms a company."""

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy as _

from trustcenter import audit
from trustcenter.accounts import checked, factors
from trustcenter.accounts.factors import Method
from trustcenter.accounts.models import Company, Session, User
from trustcenter.accounts.refusals import Refusal
from trustcenter.audit.actions import Action

CONFIRM = "accounts.confirm_company"
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
            others = others.filter(handle=handle)
        ended = others.delete()[0]
        if ended:
            change.record(Action.SESSIONS_ENDED, subject=by, count=ended)
    return ended


def confirm_company(company: Company, *, legal_name: str, by: User) -> Company:
    """Says that `by` has checked which company uses the proven domains. From then on copies print its name."""
    if not by.has_perm(CONFIRM):
        raise audit.FlowError(Refusal.NOT_CONFIRMER)
    if not (legal_name := checked.line(legal_name)[:200]):
        raise audit.FlowError(Refusal.NO_COMPANY_NAME)
    with audit.change(by=by) as change:
        row = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        if row.confirmed_at is not None:
            raise audit.FlowError(Refusal.CONFIRMED_BEFORE)
        row.legal_name, row.confirmed_at, row.confirmed_by = legal_name, change.at, by
        row.save(update_fields=["legal_name", "confirmed_at", "confirmed_by"])
        change.record(
            Action.COMPANY_CONFIRMED,
            subject=row,
            changed=Company.answering().filter(pk=row.pk),
            name=row.legal_name,
            domains=sorted(row.domains.values_list("domain", flat=True)),
        )
    return row
