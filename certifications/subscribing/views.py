"""The pages of a subscriber: subscribe, type the code, change, and end it with one click."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from certifications.models import Subscription, SubscriptionRequest
from certifications.subscribing import flows
from certifications.subscribing.forms import ChoiceForm, CodeForm, SubscribeForm, chosen
from trustcenter.accounts import mail_limits
from trustcenter.audit import FlowError
from trustcenter.web import throttle
from trustcenter.web.own_forms import is_ours


@csrf_exempt
@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """Asks for posts by mail. The answer is the same for every address: enter the code we sent.

    The form is on the page of the posts too, which is cached and holds no token.
    """
    return _subscribe(request) if is_ours(request) else csrf_protect(_subscribe)(request)


def _subscribe(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return render(request, "updates/subscribe.html", {"form": SubscribeForm(initial=initial(request))})
    form = SubscribeForm(request.POST)
    if form.is_valid():
        if not throttle.allow(request, "subscribe", limit=20, seconds=3600):
            form.add_error(None, _("Too many requests. Try again in an hour."))
            return render(request, "updates/subscribe.html", {"form": form}, status=429)
        try:
            mail = mail_limits.count(request, form.cleaned_data["email"])
        except mail_limits.TooMany as refusal:
            form.add_error(None, str(refusal))
            return render(request, "updates/subscribe.html", {"form": form}, status=429)
        asked = flows.ask(mail, form.cleaned_data["topics"], form.rhythm_chosen)
        return redirect("certifications:confirm_subscription", asked.pk)
    return render(request, "updates/subscribe.html", {"form": form})


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, request_id: str) -> HttpResponse:
    """Takes the code from the mail. Opening the page changes nothing, so a program that follows links does not either."""
    asked = SubscriptionRequest.objects.filter(pk=request_id).first()
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            subscription = flows.confirm(request_id, form.cleaned_data["code"])
        except FlowError as refusal:
            form.add_error(None, str(refusal))
            asked = SubscriptionRequest.objects.filter(pk=request_id).first()
        else:
            messages.success(
                request, _("Subscribed. To change or end it, use this page or the link in any of our e-mails.")
            )
            return redirect("certifications:subscription", subscription.token)
    is_open = asked is not None and asked.is_usable
    context = {"form": form, "asked": asked if is_open else None}
    return render(request, "updates/confirm.html", context, status=200 if is_open else 404)


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def subscription(request: HttpRequest, token: str) -> HttpResponse:
    """The topics and the rhythm of a subscription. The link in its mails is the only key.

    One that has ended and one that never was get the same answer: nobody learns whether a link was ever good.
    """
    found = Subscription.objects.prefetch_related("topics").filter(token=token).first()
    if found is None:
        return render(request, "updates/no_subscription.html", status=404)
    has = {"topics": found.categories, "rhythm": found.rhythm}
    form = ChoiceForm(request.POST or None, initial=has)
    if request.method == "POST" and form.is_valid():
        try:
            flows.choose(found, form.cleaned_data["topics"], form.rhythm_chosen)
        except FlowError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("certifications:subscription", token)
    return render(request, "updates/subscription.html", {"form": form, "subscription": found})


# RFC 8058, 3.2: a mail program posts here without a session, so there is no token that it could send. Who knows the
# address of this page may end the subscription, and nothing else happens here.
@csrf_exempt
@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ends a subscription by POST, with one click in a mail program or on this page. Opening it changes nothing."""
    if request.method == "POST":
        flows.end(token)
    found = Subscription.objects.filter(token=token).first()
    return render(request, "updates/unsubscribe.html", {"subscription": found})


def initial(request: HttpRequest) -> dict[str, Any]:
    """What a new form has ticked and typed."""
    email = {"email": request.user.email} if request.user.is_authenticated else {}
    return chosen(request.GET.getlist("category")) | email
