"""The pages of legal: the versions of the agreements, a new version from its text to its publication, and who signed."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from certifications import posture
from ndaflow.agreements import difference, fields, flows, impact
from ndaflow.agreements.models import Agreement, AgreementVersion
from ndaflow.agreements.text import as_html
from ndaflow.desk.agreements import signed
from ndaflow.desk.agreements.forms import PublishForm, TextForm
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError

PAGE = 25

may_view = permission_required("ndaflow.view_agreementversion", raise_exception=True)
may_see_who = permission_required("ndaflow.view_signature", raise_exception=True)
may_publish = permission_required(flows.PUBLISH, raise_exception=True)


@require_GET
@may_view
@may_see_who
def agreements(request: HttpRequest) -> HttpResponse:
    """The versions with how many signed each, and who signed."""
    what, versions = signed.chosen(request.GET), list(signed.versions())
    pages = Paginator(signed.rows(what), PAGE)
    if not what.version and not what.words:
        pages.count = sum(one.signed for one in versions)
    return render(
        request,
        "desk/agreements.html",
        {
            "versions": versions,
            "newest": {one.agreement_id: one.number for one in reversed(versions)},
            # The NDA first, which most documents need, and those that have a text already.
            "agreements": {"nda": "", **{one.agreement.slug: one.agreement.title for one in versions}},
            "page": pages.get_page(request.GET.get("page")),
            "chosen": what,
        },
    )


@require_GET
@may_see_who
def signatures_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same signatures as the page's filter shows, for a spreadsheet."""
    rows = signed.rows(signed.chosen(request.GET)).iterator(chunk_size=500)
    response = StreamingHttpResponse(signed.as_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="signatures.csv"'
    return response


@require_GET
@may_view
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One version: its text, and what it changed."""
    found = AgreementVersion.objects.filter(agreement__slug=slug, number__in=[number, number - 1])
    rows = {one.number: one for one in found.select_related("agreement")}
    if number not in rows:
        raise Http404
    context = {"version": rows[number], "text": as_html(rows[number].text, below=2), "former": rows.get(number - 1)}
    return render(
        request, "desk/agreement_version.html", context | _difference(rows.get(number - 1), rows[number].text)
    )


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
    agreement = _agreement(slug)
    form = TextForm(request.POST or None, request.FILES or None, agreement=agreement)
    if request.method == "GET" or not form.is_valid():
        return render(
            request, "desk/agreement_new.html", {"slug": slug, "agreement_title": _label(slug, agreement), "form": form}
        )
    newest = _newest(agreement)
    text, title = form.cleaned_data["text"], form.cleaned_data.get("title", "")
    initial = {"title": title, "text": text, "after": newest.number if newest else 0}
    publish = PublishForm(initial=initial, is_first=newest is None)
    return _preview(request, slug, agreement, newest, publish, text=text, title=title)


@require_POST
@may_publish
def publish_version(request: HttpRequest, slug: str) -> HttpResponse:
    """Publishes the text that was previewed. It is in force at once."""
    agreement = _agreement(slug)
    newest = _newest(agreement)
    form = PublishForm(request.POST, is_first=newest is None)
    if not form.is_valid():
        if set(form.errors) - {"earlier_signers"}:
            # What the preview showed has not come back whole.
            return redirect("desk:new_version", slug)
        text, title = form.cleaned_data["text"], form.cleaned_data["title"]
        return _preview(request, slug, agreement, newest, form, text=text, title=title)
    data = form.cleaned_data
    try:
        published = flows.publish(
            slug=slug,
            kind=agreement.kind if agreement else slug,
            title=data["title"] or _label(slug, agreement),
            text=data["text"],
            earlier_signers=form.rule(),
            by=person(request),
            after=data["after"],
        )
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        done = _("%(version)s is in force. People whom it stops get an e-mail.") % {"version": published}
        messages.success(request, done)
    return redirect("desk:agreements")


def _agreement(slug: str) -> Agreement | None:
    """The agreement, or None for one of a kind that has no text yet."""
    agreement = Agreement.objects.filter(slug=slug).first()
    if agreement is None and slug not in Agreement.Kind.values:
        raise Http404
    return agreement


def _label(slug: str, agreement: Agreement | None) -> str:
    return agreement.title if agreement else str(Agreement.Kind(slug).label)


def _newest(agreement: Agreement | None) -> AgreementVersion | None:
    return agreement.versions.select_related("agreement").order_by("-number").first() if agreement else None


def _preview(
    request: HttpRequest,
    slug: str,
    agreement: Agreement | None,
    newest: AgreementVersion | None,
    form: PublishForm,
    *,
    text: str,
    title: str,
) -> HttpResponse:
    now, number = timezone.now(), newest.number + 1 if newest else 1
    seen = fields.fill(text, fields.unsigned(operator=posture.legal_name(), version=number))
    rules = [(rule, impact.before(agreement, rule, now, slug=slug)) for rule in AgreementVersion.EarlierSigners]
    context = {
        "slug": slug,
        "title": agreement.title if agreement else title,
        "number": number,
        "former": newest,
        "is_same": newest is not None and newest.text == text,
        "text": as_html(seen, below=2),
        "fields": fields.named(text),
        "form": form,
        "edit": TextForm(initial={"text": text, "title": title}, agreement=agreement),
        "rules": rules,
    }
    return render(request, "desk/agreement_preview.html", context | _difference(newest, text))


def _difference(former: AgreementVersion | None, text: str) -> dict[str, Any]:
    return {"passages": difference.passages(former.text, text) if former else None}
