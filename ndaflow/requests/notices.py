"""Who of our staff is told about a request, and what the chat channels say about it.

Mail goes to the owner, or to who stands in. A request without an owner is mailed to those who chose mails about new
requests; if nobody did and there is no chat channel either, to every approver, because somebody has to see it.
"""

from collections.abc import Collection
from functools import partial
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ndaflow.chat import flows as chat
from ndaflow.chat import messages
from ndaflow.chat.models import ChatChannel
from ndaflow.duty import people
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter.accounts.models import User
from trustcenter.audit import Change
from trustcenter.web.typed import named


class Event(models.TextChoices):
    """What a chat channel is told. The value is part of what a webhook receives."""

    NEW = "request.new", gettext_lazy("New request")
    SECOND = "request.second_approval", gettext_lazy("Second approval needed")
    LATE = "request.due_soon", gettext_lazy("Due soon")


def colleagues(
    request: AccessRequest, change: Change, *, but: Collection[str | None] = (), otherwise: User | None = None
) -> list[User]:
    """Who gets mail about the request, without the people of these ids; `otherwise` stands for a missing owner."""
    # Somebody who has left learns nothing more, and the request must not wait for them.
    owner = next((one for one in (request.owner, otherwise) if one is not None and one.has_perm(people.DECIDE)), None)
    found = people.present([] if owner is None else [owner], change.at)
    found = [one for one in found if one.pk not in but]
    if not found:
        chose = people.deciders().filter(new_request_mail__isnull=False)
        found = [one for one in people.present(chose, change.at) if one.pk not in but]
    if not found and not chat.is_told(ChatChannel.About.REQUESTS):
        found = list(people.deciders().exclude(pk__in=[pk for pk in but if pk]))
    return found


def to_staff(
    change: Change,
    request: AccessRequest,
    mail: str,
    context: dict[str, Any],
    *,
    but: Collection[str | None] = (),
    otherwise: User | None = None,
    event: Event | None = None,
) -> None:
    """Mails the colleagues whom the request concerns, and tells the chat channels of the event."""
    for colleague in colleagues(request, change, but=but, otherwise=otherwise):
        change.mail(mail, to=colleague.email, context={"request": request, **context})
    if event is not None:
        announce(change, request, event)


def announce(change: Change, request: AccessRequest, event: Event) -> None:
    """Tells every chat channel of the event."""
    chat.tell(change, event.value, request.pk)


def _message(event: Event, request_id: str, names_people: bool) -> messages.Message | None:
    """What a channel reads: how many documents and by when; who asks only if the channel names people."""
    rows = AccessRequest.objects.select_related("requester__company").filter(status=RequestStatus.OPEN)
    request = rows.filter(pk=request_id).first()
    if request is None:
        return None
    n = request.items.count()
    about = ngettext("%(n)s document, %(reference)s", "%(n)s documents, %(reference)s", n) % {
        "n": n,
        "reference": request.reference,
    }
    text = _("%(event)s: %(about)s") % {"event": event.label, "about": about}
    if names_people:
        who = {"text": text, "who": named(request.name, request.email), "company": request.company_words}
        text = _("%(text)s, from %(who)s, %(company)s") % who
    return messages.Message(event.value, text, settings.SITE_URL + reverse("desk:request", args=[request.pk]))


for _event in Event:
    messages.says(_event.value)(partial(_message, _event))
