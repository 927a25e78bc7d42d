"""Sign-in with a mailed code that the person types. There is no link that a mail scanner could use up."""

from datetime import datetime

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import EmailAddress
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from trustcenter import audit
from trustcenter.accounts import mailed_codes
from trustcenter.accounts.factors import Method
from trustcenter.accounts.mail_limits import Counted
from trustcenter.accounts.mailed_codes import Purpose
from trustcenter.accounts.models import User
from trustcenter.accounts.signals import mailbox_proven
from trustcenter.audit.actions import Action
from trustcenter.web.client import client_address
from trustcenter.web.typed import line

# Session keys: the page after the code, and the name that was stated before the mailbox was proven.
NEXT = "next_after_code"
STATED_NAME = "name_after_code"
# The page of the invitation at which the person began; allauth's own state ends with the code.
INVITED_AT = "invited_at"


def send_code(request: HttpRequest, mail: Counted, name: str = "", invited_at: str = "") -> HttpResponse:
    """Mails a sign-in code and redirects to the page where it is entered.

    The response is the same for every address: known, unknown, closed or staff. Only a prospect's mailbox gets a
    code; the others get a mail that says what to do instead. After the code, `signals.mailbox_proven` is sent and the
    person goes to request.session["next_after_code"]. Raises ValidationError for what is no name. Call it on POST for
    somebody who is not signed in, outside a transaction.

    `invited_at` is the page of an invitation. Its address was not typed in this browser, so no page shows it before it is
    proven.
    """
    email = mail.email
    request.session[STATED_NAME], request.session[INVITED_AT] = line(name), invited_at
    person = prospect(email)
    if person is None:
        _send_note(request, email)
    process = LoginCodeVerificationProcess.initiate(request=request, user=person, email=email)
    mailed_codes.keep(process, Purpose.SIGN_IN)
    return HttpResponseRedirect(reverse("account_confirm_login_code"))


def prospect(email: str) -> User | None:
    """The person with this address, created if new; None for staff and closed accounts, who get no code."""
    with audit.change(by=None) as change:
        return _prospect(email, change.at)


def _prospect(email: str, now: datetime) -> User | None:
    person, is_new = User.objects.get_or_create(email=email, defaults={"password": "!"})
    if is_new:
        person.set_unusable_password()
        person.save(update_fields=["password"])
    if person.is_staff or not person.is_active:
        return None
    if person.last_login is None:
        # Unproven people are deleted after a day, which starts again here: not before this code can be entered.
        User.objects.filter(pk=person.pk).update(created_at=now)
    # Without this row allauth has nothing to mark as verified.
    EmailAddress.objects.get_or_create(user=person, email=email, defaults={"primary": True})
    return person


def mailbox_was_proven(request: HttpRequest, person: User) -> None:
    """Keeps the name that was stated in this session and sends `signals.mailbox_proven`.

    Each receiver has its own transaction.
    """
    name, _began_at = request.session.pop(STATED_NAME, ""), request.session.pop(INVITED_AT, "")
    if name and not person.name:
        # Not before the mailbox is proven, or a stranger could name anyone.
        person.name = name[:150]
        person.save(update_fields=["name"])
    mailbox_proven.send(sender=User, request=request, user=person)


def _send_note(request: HttpRequest, email: str) -> None:
    with audit.change(by=None) as change:
        change.mail("no_code", to=email)
        address = client_address(request)
        change.record(Action.SIGN_IN_FAILED, email=email, method=Method.CODE.value, address=address)
