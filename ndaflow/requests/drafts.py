"""A draft belongs to the browser that wrote it: otherwise a stranger could have requests opened in your name."""

import hashlib
import secrets

from django.contrib import messages
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse

from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter.accounts.models import User
from trustcenter.accounts.signals import mailbox_proven
from trustcenter.audit import FlowError

TOKEN, DRAFT, TYPED = "draft_token", "draft", "draft_typed"


def session_hash(request: HttpRequest) -> str:
    """A digest that only this browser's session can produce. It survives the new session key at sign-in."""
    token = request.session.setdefault(TOKEN, secrets.token_urlsafe(32))
    return hashlib.sha256(token.encode()).hexdigest()


def remember(request: HttpRequest, draft: AccessRequest, *, typed: bool) -> None:
    """Keeps the draft in the session until its e-mail address is confirmed.

    `typed` says that all of it was typed in this browser, so that the form may show it there again.
    """
    request.session[DRAFT], request.session[TYPED] = draft.pk, typed


def of_session(request: HttpRequest) -> AccessRequest | None:
    """The draft that was typed in this browser and whose e-mail address is not confirmed yet."""
    if not (request.session.get(DRAFT) and request.session.get(TYPED)):
        return None
    drafts = AccessRequest.objects.filter(status=RequestStatus.DRAFT, session_hash=session_hash(request))
    return drafts.filter(pk=request.session[DRAFT]).prefetch_related("documents").first()


@receiver(mailbox_proven)
def open_draft_of_session(sender: object, request: HttpRequest, user: User, **kwargs: object) -> None:
    """Opens the draft of this session once its e-mail address is confirmed, and leads the person to its page."""
    pk = request.session.pop(DRAFT, None)
    draft = AccessRequest.objects.filter(pk=pk, status=RequestStatus.DRAFT).first() if pk else None
    if draft is None:
        return
    try:
        opened = flows.open_draft(draft, by=user, session_hash=session_hash(request))
    except FlowError as refusal:
        messages.info(request, str(refusal))
    else:
        request.session["next_after_code"] = reverse("requests:request", args=[opened.pk])
