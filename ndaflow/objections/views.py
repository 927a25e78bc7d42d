"""The form of an objection to an announced subprocessor, and the page on which a person finds their own."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from certifications.models import Subprocessor
from ndaflow.objections import flows
from ndaflow.objections.forms import ObjectionForm
from ndaflow.objections.models import Objection
from ndaflow.objections.refusals import Refusal
from trustcenter.accounts import codes, known_browsers, mail_limits
from trustcenter.accounts.models import User
from trustcenter.accounts.signals import mailbox_proven
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.web import throttle

# Session key: what was typed before the mailbox was proven. It is in no table, because nobody has said it yet.
TYPED = "objection_after_code"


@login_not_required
@require_http_methods(["GET", "POST"])
def object_to(request: HttpRequest, slug: str) -> HttpResponse:
    """Takes an objection. The answer is the same for every address: enter the code we sent."""
    subprocessor = Subprocessor.objects.filter(slug=slug).first()
    if subprocessor is None:
        raise Http404
    if not flows.can_object(subprocessor):
        messages.info(request, str(Refusal.TOO_LATE.label))
        return redirect("certifications:subprocessors")
    by = person(request) if request.user.is_authenticated else None
    typed = request.session.get(TYPED) or {}
    form = ObjectionForm(
        request.POST if request.method == "POST" else None,
        person=by,
        initial=typed if typed.get("slug") == slug else None,
    )
    if request.method == "GET" or not form.is_valid():
        return _page(request, subprocessor, form)
    email = by.email if by else form.cleaned_data["email"]
    # By network and by address, so that strangers can fill neither the log nor a mailbox.
    allowed = throttle.allow(request, "object-network", limit=40, seconds=3600) and throttle.allow(
        request, "object", limit=8, seconds=3600, key=known_browsers.allowance(request, email)
    )
    if not allowed:
        form.add_error(None, _("Too many requests. Try again in an hour."))
        return _page(request, subprocessor, form, status=429)
    said = {name: form.cleaned_data[name] for name in ("company_name", "text")}
    try:
        if by is not None:
            flows.object_to(slug, by=by, **said)
            messages.success(request, _("We have your objection, and will write to you with our answer."))
            return redirect("objections:mine")
        mail = mail_limits.count(request, email)
    except mail_limits.TooMany as refusal:
        form.add_error(None, str(refusal))
        return _page(request, subprocessor, form, status=429)
    except FlowError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, subprocessor, form, status=409)
    request.session[TYPED] = said | {"slug": slug, "email": mail.email, "name": form.cleaned_data["name"]}
    return codes.send_code(request, mail, name=form.cleaned_data["name"])


@receiver(mailbox_proven)
def object_after_code(sender: object, request: HttpRequest, user: User, **kwargs: object) -> None:
    """Takes the objection of this session once its e-mail address is confirmed, and of no other address."""
    typed = request.session.pop(TYPED, None)
    if not typed or typed["email"] != user.email:
        return
    try:
        flows.object_to(typed["slug"], by=user, company_name=typed["company_name"], text=typed["text"])
    except FlowError as refusal:
        messages.info(request, str(refusal))
    else:
        messages.success(request, _("We have your objection, and will write to you with our answer."))
    request.session[codes.NEXT] = reverse("objections:mine")


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """The person's objections with our answers."""
    objections = Objection.objects.filter(person=person(request))
    return render(request, "objections/mine.html", {"objections": objections})


def _page(request: HttpRequest, subprocessor: Subprocessor, form: ObjectionForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"subprocessor": subprocessor, "form": form}
    return render(request, "objections/object.html", context, status=status)
