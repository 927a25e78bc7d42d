"""Legal's pages that publish: a new agreement, a new version from its text to its last button."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from certifications import posture
from ndaflow.agreements import difference, fields, flows, impact
from ndaflow.agreements.models import Agreement, AgreementVersion
from ndaflow.agreements.text import as_html
from ndaflow.desk.agreements.forms import NewAgreementForm, PublishForm, TextForm
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.web.dates import written

may_publish = permission_required(flows.PUBLISH, raise_exception=True)


@require_http_methods(["GET", "POST"])
@may_publish
def new_agreement(request: HttpRequest) -> HttpResponse:
    """Adds an agreement that the site does not have yet. Its first text comes next; until then nobody can sign it."""
    form = NewAgreementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = flows.add(**form.cleaned_data, by=person(request))
        except FlowError as refusal:
            form.add_error("slug", str(refusal))
        else:
            return redirect("desk:new_version", added.slug)
    return render(request, "desk/agreement_add.html", {"form": form})


# The token is in the form beside the file. The site takes no files, unless a view says how before the form is read.
@csrf_exempt
@require_http_methods(["GET", "POST"])
@may_publish
def new_version(request: HttpRequest, slug: str) -> HttpResponse:
    """Takes the text of a new version and shows it as it will be, before anything is published."""
    if request.method == "POST":
        request.upload_handlers = [MemoryFileUploadHandler(request)]
    return _new_version(request, slug)


@csrf_protect
def _new_version(request: HttpRequest, slug: str) -> HttpResponse:
    agreement = get_object_or_404(Agreement, slug=slug)
    newest = _newest(agreement)
    # A file wins over the text, so that the text in force may stand there to be changed.
    begun = {"text": newest.text} if newest else None
    form = TextForm(request.POST or None, request.FILES or None, initial=begun)
    if request.method == "GET" or not form.is_valid():
        return render(request, "desk/agreement_new.html", {"agreement": agreement, "form": form})
    text = form.cleaned_data["text"]
    initial = {"text": text, "after": newest.number if newest else 0, "covers": newest.covers if newest else "person"}
    return _preview(request, agreement, newest, PublishForm(initial=initial, is_first=newest is None), text)


@require_POST
@may_publish
def publish_version(request: HttpRequest, slug: str) -> HttpResponse:
    """Publishes the text that was previewed: at once, or from the day that legal chose."""
    agreement = get_object_or_404(Agreement, slug=slug)
    newest = _newest(agreement)
    form = PublishForm(request.POST, is_first=newest is None)
    if not form.is_valid():
        if {"text", "after"} & set(form.errors):
            # What the preview showed has not come back whole.
            return redirect("desk:new_version", slug)
        return _preview(request, agreement, newest, form, form.cleaned_data["text"])
    try:
        published = flows.publish(
            slug=slug,
            kind=agreement.kind,
            title=agreement.title,
            text=form.cleaned_data["text"],
            earlier_signers=form.rule(),
            covers=form.cleaned_data["covers"],
            effective_at=form.effective_at,
            by=person(request),
            after=form.cleaned_data["after"],
        )
    except FlowError as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:new_version", slug)
    if form.effective_at:
        day = form.cleaned_data["effective_on"]
        done = _("%(version)s is published. It applies from %(day)s; until then nothing changes.")
        messages.success(request, done % {"version": published, "day": written(day, "j F Y")})
    else:
        done = _("%(version)s is in force. People it stops get an e-mail.") % {"version": published}
        messages.success(request, done)
    return redirect("desk:agreement", slug)


def _newest(agreement: Agreement) -> AgreementVersion | None:
    return agreement.versions.select_related("agreement").order_by("-number").first()


def _preview(
    request: HttpRequest, agreement: Agreement, newest: AgreementVersion | None, form: PublishForm, text: str
) -> HttpResponse:
    now, number = timezone.now(), newest.number + 1 if newest else 1
    seen = fields.fill(text, fields.unsigned(operator=posture.legal_name(), version=number))
    context: dict[str, Any] = {
        "agreement": agreement,
        "number": number,
        "former": newest,
        "is_same": newest is not None and newest.text == text,
        "text": as_html(seen, below=2),
        "fields": fields.named(text),
        "form": form,
        "edit": TextForm(initial={"text": text}),
        "rules": [(rule, impact.before(agreement, rule, now)) for rule in AgreementVersion.EarlierSigners],
        "passages": difference.passages(newest.text, text) if newest else None,
    }
    return render(request, "desk/agreement_preview.html", context)
