"""The desk's own pages: business hours, chat channels, and each person's notices and absence."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ndaflow.chat import flows as chat
from ndaflow.chat.models import ChatChannel
from ndaflow.desk.office.forms import AbsenceForm, ChannelForm, HoursForm
from ndaflow.duty import flows as duty
from ndaflow.duty import people
from ndaflow.duty.hours import office
from ndaflow.duty.models import Absence, NewRequestMail
from trustcenter.accounts.models import User
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError

may_change_hours = permission_required(duty.CHANGE_HOURS, raise_exception=True)
may_manage_channels = permission_required(chat.MANAGE, raise_exception=True)
may_decide = permission_required(people.DECIDE, raise_exception=True)


@require_http_methods(["GET", "POST"])
@may_change_hours
def hours(request: HttpRequest) -> HttpResponse:
    """The business hours in which response targets are counted."""
    form = HoursForm(request.POST or None, office=office())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            duty.change_hours(data["zone"], form.week(), data["holidays"], by=person(request))
        except FlowError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. New requests are due in these hours; open ones keep their time."))
            return redirect("desk:hours")
    return render(request, "desk/hours.html", {"form": form})


@require_http_methods(["GET", "POST"])
@may_decide
def notices(request: HttpRequest) -> HttpResponse:
    """Which mails a person gets, and when they are away."""
    by = person(request)
    form = AbsenceForm(colleagues=_colleagues(by), absence=_absence(by))
    if request.method == "POST":
        duty.choose_mails(new_requests=bool(request.POST.get("new_requests")), by=by)
        messages.success(request, _("Saved."))
        return redirect("desk:notices")
    return _notices(request, by, form)


@require_POST
@may_decide
def be_away(request: HttpRequest) -> HttpResponse:
    """Says when a person is away, and who stands in."""
    by = person(request)
    form = AbsenceForm(request.POST, colleagues=_colleagues(by), absence=_absence(by))
    if form.is_valid():
        data = form.cleaned_data
        try:
            duty.be_away(data["starts_on"], data["ends_on"], data["deputy"], by=by)
        except FlowError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. %(deputy)s stands in for you.") % {"deputy": str(data["deputy"])})
            return redirect("desk:notices")
    return _notices(request, by, form)


@require_POST
@may_decide
def be_back(request: HttpRequest) -> HttpResponse:
    """Ends an absence."""
    duty.be_back(by=person(request))
    messages.success(request, _("You are back. New e-mails come to you again."))
    return redirect("desk:notices")


@require_http_methods(["GET", "POST"])
@may_manage_channels
def channels(request: HttpRequest) -> HttpResponse:
    """The chat channels that are told about requests; adds one."""
    form = ChannelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        kind, about = ChatChannel.Kind(data["kind"]), ChatChannel.About(data["about"])
        try:
            chat.add(kind, data["address"], names_people=data["names_people"], about=about, by=person(request))
        except FlowError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Added. Send a test message to see whether it arrives."))
            return redirect("desk:channels")
    context = {"form": form, "channels": ChatChannel.objects.select_related("added_by")}
    return render(request, "desk/channels.html", context)


@require_POST
@may_manage_channels
def test_channel(request: HttpRequest, id: str) -> HttpResponse:
    """Sends a test message."""
    return _channel_step(request, id, chat.test, _("A test message is on its way. Reload this page in a moment."))


@require_POST
@may_manage_channels
def remove_channel(request: HttpRequest, id: str) -> HttpResponse:
    """Removes a channel."""
    return _channel_step(request, id, chat.remove, _("Removed. Nothing more is sent there."))


def _channel_step(request: HttpRequest, id: str, step: Callable[..., None], done: str) -> HttpResponse:
    channel = ChatChannel.objects.filter(pk=id).first()
    if channel is None:
        raise Http404
    try:
        step(channel, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("desk:channels")


def _notices(request: HttpRequest, by: User, form: AbsenceForm) -> HttpResponse:
    context = {
        "form": form,
        "absence": _absence(by),
        "wants_mail": NewRequestMail.objects.filter(person=by).exists(),
        "somebody_wants": NewRequestMail.objects.exists(),
        "has_channel": chat.is_told(ChatChannel.About.REQUESTS),
        "stands_in_for": Absence.objects.filter(deputy=by).select_related("person"),
    }
    return render(request, "desk/notices.html", context)


def _absence(by: User) -> Absence | None:
    return Absence.objects.select_related("deputy").filter(person=by).first()


def _colleagues(by: User) -> QuerySet[User]:
    return people.deciders().exclude(pk=by.pk)
