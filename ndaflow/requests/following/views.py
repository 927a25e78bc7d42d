"""The pages on which a requester names a colleague to be told, and on which the colleague agrees and reads how it stands."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ndaflow.requests import my_access
from ndaflow.requests.access import own_requests
from ndaflow.requests.following import flows
from ndaflow.requests.following.forms import InviteForm
from ndaflow.requests.following.models import Follower
from trustcenter.accounts import mail_limits
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.web import throttle
from trustcenter.work import ids


@require_POST
def invite(request: HttpRequest, id: str) -> HttpResponse:
    """Asks one colleague by mail. On a wrong address the form comes again with what is wrong."""
    access_request = get_object_or_404(own_requests(person(request)), pk=id)
    form = InviteForm(request.POST, auto_id="told_%s")
    status = 200
    if not throttle.allow(request, "follow", 10, seconds=3600, key=person(request).pk):
        form.add_error(None, _("Too many requests. Try again in an hour."))
        status = 429
    if form.is_valid():
        try:
            mail = mail_limits.count(request, form.cleaned_data["email"])
            flows.invite(access_request, by=person(request), email=mail.email)
        except FlowError as refusal:
            form.add_error(None, str(refusal))
            status = 429 if isinstance(refusal, mail_limits.TooMany) else 409
        else:
            sentence = _("We asked %(email)s. They will get our e-mails about this request once they agree.")
            messages.success(request, sentence % {"email": mail.email})
            return redirect("requests:request", access_request.pk)
    context = {"access_request": access_request, "form": form}
    return render(request, "requests/tell_colleague.html", context, status=status)


@require_GET
def follow(request: HttpRequest, id: str) -> HttpResponse:
    """What the colleague agrees to, or how the request stands once they did. For everybody else it does not exist."""
    follower = _offered(request, id)
    asked = follower.request
    listed = my_access.of_request(asked, timezone.now()) if follower.agreed_at and asked.requester else None
    return render(request, "requests/follow.html", {"follower": follower, "asked": asked, "listed": listed})


@require_POST
def agree(request: HttpRequest, id: str) -> HttpResponse:
    return _settled(
        request, _offered(request, id), flows.agree, _("From now on you will get our e-mails about this request.")
    )


@require_POST
def stop(request: HttpRequest, id: str) -> HttpResponse:
    """The colleague wants no more mails, or the requester ends it for the colleague named in the form."""
    chosen = Follower.objects.filter(request=id, ended_at=None).select_related("request")
    if handle := request.POST.get("follower", ""):
        follower = get_object_or_404(chosen, pk=ids.typed(handle), request__requester=person(request))
    else:
        follower = get_object_or_404(chosen, email=person(request).email)
    return _settled(request, follower, flows.end, _("Stopped. No more e-mails about this request go there."))


def _offered(request: HttpRequest, id: str) -> Follower:
    offered = Follower.objects.filter(email=person(request).email, ended_at=None)
    return get_object_or_404(offered.select_related("request__requester"), request=id)


def _settled(request: HttpRequest, follower: Follower, step: Callable[..., None], done: str) -> HttpResponse:
    try:
        step(follower, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    if follower.request.requester_id == person(request).pk:
        return redirect("requests:request", follower.request_id)
    is_live = Follower.objects.filter(pk=follower.pk, ended_at=None).exists()
    return redirect("requests:follow", follower.request_id) if is_live else redirect("requests:my")
