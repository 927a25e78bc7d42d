"""Sign-in by a mailed code that the person types: with nothing to click, no mail scanner can use it up."""

from datetime import datetime

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import EmailAddress
from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from trustcenter import audit
from trustcenter.accounts.factors import Method
from trustcenter.accounts.models import User, normalise_email
from trustcenter.accounts.signals import mailbox_proven
from trustcenter.audit.actions import Action
from trustcenter.web.client import client_address

# Where the session goes once the code is typed, and the name that was stated before anything was proven.
NEXT = "next_after_code"
STATED_NAME = "name_after_code"


class AlreadySignedIn(Exception):
    """Somebody is signed in here under another address; they have to sign out first."""


def send_code(request: HttpRequest, email: str, name: str = "") -> HttpResponse:
    """Mails a sign-in code and answers with a redirect to the page that takes it.

    The answer is the same for every address: known, unknown, closed or of staff. Only a prospect's mailbox
    gets a code; the others get a note that says how to go on. After success the person goes to
    request.session["next_after_code"], and `signals.mailbox_proven` has been sent. Somebody who is signed in
    with this address has proven it already and goes straight on. Answers 429 above the rate limits; raises
    AlreadySignedIn for another address than one's own. Call it on POST, outside a transaction.
    """
    email = normalise_email(email)
    if request.user.is_authenticated:
        if request.user.email != email:
            raise AlreadySignedIn(email)
        settle(request, request.user)
        return HttpResponseRedirect(request.session.pop(NEXT, None) or reverse("requests:my"))
    too_many: HttpResponse | None = ratelimit.consume_or_429(request, action="request_login_code", key=email)
    if too_many:
        return too_many
    request.session[STATED_NAME] = name.strip()
    person = prospect(email)
    if person is None:
        _send_note(request, email)
    LoginCodeVerificationProcess.initiate(request=request, user=person, email=email)
    return HttpResponseRedirect(reverse("account_confirm_login_code"))


def prospect(email: str) -> User | None:
    """The person behind an address, made when new; None where a mailed code must not open anything."""
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
        # Asked again: whoever was never proven is forgotten a day from now, and not before this code is typed.
        User.objects.filter(pk=person.pk).update(created_at=now)
    # Without this row allauth has nothing to mark as verified.
    EmailAddress.objects.get_or_create(user=person, email=email, defaults={"primary": True})
    return person


def settle(request: HttpRequest, person: User) -> None:
    """What follows from a proven mailbox: the name stated here is theirs, and whoever waited is told.

    Each receiver has its own transaction.
    """
    name = request.session.pop(STATED_NAME, "")
    if name and not person.name:
        # Not before the proof: a stranger could give anyone a name.
        person.name = name[:150]
        person.save(update_fields=["name"])
    mailbox_proven.send(sender=User, request=request, user=person)


def _send_note(request: HttpRequest, email: str) -> None:
    with audit.change(by=None) as change:
        change.mail("no_code", to=email)
        address = client_address(request)
        change.record(Action.SIGN_IN_FAILED, email=email, method=Method.CODE.value, address=address)
