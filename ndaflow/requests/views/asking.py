"""The form that requests documents."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ndaflow.agreements.needed import required_texts
from ndaflow.requests import drafts, flows, reply_times
from ndaflow.requests.forms import AskForm
from ndaflow.requests.sharing import flows as links
from ndaflow.requests.sharing.views import code_of
from trustcenter.accounts import codes, known_browsers, mail_limits
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.web import throttle


@login_not_required
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Sends a request for documents. The answer is the same for every address: enter the code we sent."""
    asker = person(request) if request.user.is_authenticated else None
    if request.method == "GET":
        return _form_page(request, AskForm(person=asker, initial=_initial(request)))
    form = AskForm(request.POST, person=asker)
    if not form.is_valid():
        return _form_page(request, form)
    data = form.cleaned_data
    email = asker.email if asker else data["email"]
    # By network and by address, before anything is written, so that strangers can fill neither the log nor a mailbox.
    allowed = throttle.allow(request, "ask-network", limit=40, seconds=3600) and throttle.allow(
        request, "ask", limit=8, seconds=3600, key=known_browsers.allowance(request, email)
    )
    if not allowed:
        form.add_error(None, _("Too many requests. Try again in an hour."))
        return _form_page(request, form, status=429)
    try:
        # A person who is signed in has proven the mailbox.
        mail = None if asker else mail_limits.count(request, email)
    except mail_limits.TooMany as refusal:
        form.add_error(None, str(refusal))
        return _form_page(request, form, status=429)
    try:
        draft = flows.draft(
            list(data["documents"]),
            email=email,
            name=data["name"],
            company_name=data["company_name"],
            reason=data["reason"],
            country=data["country"],
            days_wanted=data["days_wanted"],
            share_code=data["came_from"],
            session_hash=drafts.session_hash(request),
        )
        if mail is None:
            opened = flows.open_draft(draft, by=person(request), session_hash=drafts.session_hash(request))
            return redirect("requests:request", opened.pk)
    except FlowError as refusal:
        form.add_error(None, str(refusal))
        return _form_page(request, form, status=409)
    drafts.remember(request, draft, typed=True)
    return codes.send_code(request, mail, name=data["name"])


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What the form holds at first: the documents of the link, and what this browser sent without confirming it."""
    chosen: dict[str, Any] = {"came_from": code_of(request)}
    if slugs := request.GET.getlist("document"):
        chosen["documents"] = slugs
    draft = drafts.of_session(request)
    if draft is None:
        return chosen
    fields = ("email", "name", "company_name", "reason", "country", "days_wanted")
    typed = {name: getattr(draft, name) for name in fields} | {"came_from": draft.share_link_id or ""}
    if not chosen["came_from"]:
        del chosen["came_from"]
    return {"documents": [document.slug for document in draft.documents.all()]} | typed | chosen


def _form_page(request: HttpRequest, form: AskForm, status: int = 200) -> HttpResponse:
    said = form.cleaned_data if form.is_bound else form.initial
    shared = links.active(said.get("came_from", ""))
    context = {
        "shared_by": shared.colleague if shared else None,
        "form": form,
        "replies": reply_times.before_asking(),
        "agreements": required_texts(timezone.now()),
    }
    return render(request, "requests/ask.html", context, status=status)
