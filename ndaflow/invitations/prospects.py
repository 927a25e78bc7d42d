"""Tells colleagues in sales what their prospects do: ask, get a document opened, read it for the first time.

A prospect is somebody's if they invited the person, own the company, or shared the link from which the request came. Each
colleague chooses which of these mails they want; the chat channels for sales are told of all.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from documents.models import Delivery, Document
from ndaflow.chat import flows as chat
from ndaflow.chat import messages
from ndaflow.chat.models import ChatChannel
from ndaflow.invitations import flows
from ndaflow.invitations.models import ProspectMails, ReadingsTold
from ndaflow.invitations.refusals import Refusal
from ndaflow.requests.models import AccessRequest
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import Change, FlowError, words
from trustcenter.audit.actions import Action
from trustcenter.web.typed import named

# A delivery that began this long ago is committed, so none is overlooked.
SETTLED = timedelta(minutes=1)
MOST = 200


class Event(models.TextChoices):
    """What a colleague is told. The value is the field of `ProspectMails` that switches it off."""

    ASKS = "asks", _("asks for documents")
    OPENS = "opens", _("has a document opened")
    READS = "reads", _("reads a document for the first time")


words.register("events", dict(Event.choices))


def opened(change: Change, request: AccessRequest) -> None:
    """A request has opened: invitations count for it, and whose prospect it is gets a mail."""
    flows.use(change, request)
    documents = list(request.documents.all())
    _tell(change, Event.ASKS, request, documents, sellers([request]).get(request.pk, ()))


def granted(change: Change, request: AccessRequest, documents: Sequence[Document]) -> None:
    _tell(change, Event.OPENS, request, documents, sellers([request]).get(request.pk, ()))


def choose(events: Iterable[Event], *, by: User) -> None:
    """Chooses which of these mails `by` gets. Raises FlowError."""
    wanted = set(events)
    with audit.change(by=by) as change:
        if not by.has_perm(flows.SEND):
            raise FlowError(Refusal.NOT_SALES)
        ProspectMails.objects.update_or_create(person=by, defaults={event.value: event in wanted for event in Event})
        change.record(Action.PROSPECT_MAILS_CHOSEN, events=[event.value for event in Event if event in wanted])


def wanted_by(person: User) -> list[Event]:
    """The mails that the person gets."""
    chosen = ProspectMails.objects.filter(person=person).first() or ProspectMails()
    return [event for event in Event if getattr(chosen, event.value)]


def tell_first_readings(now: datetime) -> int:
    """Mails who has read a document for the first time since the last run; returns how many did."""
    with audit.change(by=None) as change:
        told = ReadingsTold.objects.select_for_update(no_key=True).filter(pk=1).first()
        since, until = told.until if told else now - timedelta(hours=1), now - SETTLED
        if until <= since:
            return 0
        first = list(_first_readings(since, until)[: MOST + 1])
        if len(first) > MOST:
            # The rest with the next run.
            first, until = first[:MOST], first[MOST].started_at - timedelta(microseconds=1)
        ReadingsTold.objects.update_or_create(pk=1, defaults={"until": until})
        requests = {one.pk: one.grant.requested_document.request for one in first if one.grant}
        whose = sellers(list({request.pk: request for request in requests.values()}.values()))
        for one in first:
            request = requests[one.pk]
            _tell(change, Event.READS, request, [one.version.document], whose.get(request.pk, ()))
    return len(first)


def _first_readings(since: datetime, until: datetime) -> QuerySet[Delivery]:
    """Downloads and readings of these minutes, of people who had not read the document before, the oldest first."""
    before = Delivery.objects.filter(
        reader=OuterRef("reader"),
        version__document=OuterRef("version__document"),
        started_at__lt=OuterRef("started_at"),
    )
    found = Delivery.objects.filter(~Exists(before), started_at__gt=since, started_at__lte=until)
    found = found.filter(grant__requested_document__isnull=False)
    return found.select_related("version__document", "grant__requested_document__request").order_by("started_at")


def sellers(requests: Sequence[AccessRequest]) -> dict[str, list[User]]:
    """Whose prospect the requester of each request is; three queries, or one where it is nobody's."""
    keys = [request.pk for request in requests]
    rows = AccessRequest.objects.filter(pk__in=keys)
    found: dict[str, set[str]] = {key: set() for key in keys}
    paths = ("items__invited__invitation__invited_by", "requester__company__owner", "share_link__colleague")
    for key, *whose in rows.values_list("pk", *paths):
        found[key] |= {one for one in whose if one}
    concerned = set().union(*found.values())
    if not concerned:
        return {}
    people = User.objects.who_may(flows.SEND).filter(pk__in=concerned).order_by("email")
    return {key: [one for one in people if one.pk in whose] for key, whose in found.items()}


def _tell(
    change: Change, event: Event, request: AccessRequest, documents: Sequence[Document], people: Iterable[User]
) -> None:
    off = set(
        ProspectMails.objects.filter(Q(**{event.value: False}), person__in=people).values_list("person", flat=True)
        if people
        else ()
    )
    told = [one for one in people if one.pk != request.requester_id]
    if told:
        chat.tell(change, f"prospect.{event.value}", request.pk, ChatChannel.About.PROSPECTS)
    for one in told:
        if one.pk not in off:
            context = {"event": event.value, "request": request, "documents": documents}
            change.mail("prospect", to=one.email, context=context)


def _message(event: Event, request_id: str, names_people: bool) -> messages.Message | None:
    """What a channel for sales reads; who it is, and whose prospect, only if the channel names people."""
    request = AccessRequest.objects.select_related("requester").filter(pk=request_id).first()
    if request is None or request.requester is None:
        return None
    text = _said(event) % {"reference": request.reference}
    if names_people and request.email:
        whose = ", ".join(one.name or one.email for one in sellers([request]).get(request.pk, ()))
        who = {"text": text, "who": named(request.name, request.email), "company": request.company_words}
        text = gettext("%(text)s: %(who)s, %(company)s. Whose: %(whose)s") % (who | {"whose": whose})
    company = request.requester.company_id
    page = reverse("desk:account", args=[company]) if company else reverse("desk:request", args=[request.pk])
    return messages.Message(f"prospect.{event.value}", text, settings.SITE_URL + page)


def _said(event: Event) -> str:
    match event:
        case Event.ASKS:
            return gettext("A prospect asks for documents, %(reference)s")
        case Event.OPENS:
            return gettext("Documents have opened for a prospect, %(reference)s")
        case Event.READS:
            return gettext("A prospect reads a document for the first time, %(reference)s")


for _event in Event:
    messages.says(f"prospect.{_event.value}")(partial(_message, _event))
