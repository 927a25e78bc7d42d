"""The pages that trace a leaked file back to the copy it came from."""

from typing import cast

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from documents.intake import refusals
from documents.intake.flaws import MAGIC, Flaw
from documents.intake.uploads import Upload, VaultUploadHandler, announced_too_long
from documents.models import Delivery, Trace
from documents.tracing import explaining, flows
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.web.refreshing import refreshed

PER_PAGE = 25
# The upload handler keeps as many first bytes as MAGIC has.
STARTS = (MAGIC, b"\x89PNG\r", b"\xff\xd8\xff")


class TraceUploadHandler(VaultUploadHandler):
    """Takes PDFs and pictures under any name."""

    def _glance(self) -> None:
        self.flaw = self._flaw()
        if self.flaw is not None:
            self.abandon()
            self.draft = None

    def _flaw(self) -> Flaw | None:
        if self.size == 0:
            return Flaw.EMPTY
        if self.size > settings.MAX_UPLOAD_BYTES:
            return Flaw.TOO_LONG
        return None if self.start.startswith(STARTS) else Flaw.NOT_PDF


class TraceForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Leaked file"),
        error_messages={"required": gettext_lazy("Choose a PDF, a PNG or a JPEG.")},
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/png,image/jpeg,.pdf,.png,.jpg,.jpeg"}),
        allow_empty_file=True,
    )

    def clean_file(self) -> Upload:
        upload = self.cleaned_data["file"]
        if not isinstance(upload, Upload) or upload.draft is None:
            flaw = getattr(upload, "flaw", None) or Flaw.BROKEN
            if flaw == Flaw.NOT_PDF:
                raise forms.ValidationError(_("This is not a PDF, PNG or JPEG. Save it as one, or take a screenshot."))
            raise forms.ValidationError(refusals.sentence(flaw))
        return upload


# `_receive` checks the token once the vault's upload handler is in place; see `intake.views.upload`.
@csrf_exempt
@require_http_methods(["GET", "POST"])
@permission_required("documents.trace_delivery", raise_exception=True)
def traces(request: HttpRequest) -> HttpResponse:
    """The files traced so far, and a form for the next one."""
    if request.method == "GET":
        return _page(request, TraceForm())
    if announced_too_long(request):
        return _page(request, TraceForm(), refusals.sentence(Flaw.TOO_LONG), status=413)
    handler = TraceUploadHandler(request, Trace(), "file")
    request.upload_handlers = [handler]
    try:
        return _receive(request)
    finally:
        handler.abandon()


@csrf_protect
def _receive(request: HttpRequest) -> HttpResponse:
    form = TraceForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form)
    upload = form.cleaned_data["file"]
    try:
        asked = flows.ask(upload.draft, name=upload.name, by=cast(User, request.user))
    except FlowError as refusal:
        return _page(request, form, str(refusal), status=409)
    return redirect("documents:trace", asked.pk)


def _page(request: HttpRequest, form: TraceForm, sentence: str = "", status: int = 200) -> HttpResponse:
    asked = Trace.objects.select_related("asked_by", "delivery")
    context = {
        "form": form,
        "sentence": sentence,
        "page": Paginator(asked, PER_PAGE).get_page(request.GET.get("page")),
        "most": settings.MAX_UPLOAD_BYTES,
    }
    return render(request, "desk/traces.html", context, status=status)


@require_GET
@permission_required("documents.trace_delivery", raise_exception=True)
def trace(request: HttpRequest, id: str) -> HttpResponse:
    """One leaked file: which copies it leads to, by which evidence, and what that proves."""
    asked = get_object_or_404(Trace.objects.select_related("asked_by"), pk=id)
    found = asked.findings.get("evidence", [])
    led_to = Delivery.objects.filter(pk__in={one["delivery"] for one in found}).select_related(
        "reader", "version__document", "grant"
    )
    order = [one["delivery"] for one in found]
    copies = [
        {"delivery": copy, "evidence": [explaining.Evidence.of(one) for one in found if one["delivery"] == copy.pk]}
        for copy in sorted(led_to, key=lambda copy: order.index(copy.pk))
    ]
    context = {
        "trace": asked,
        "copies": copies,
        "headline": explaining.headline(asked),
        "meaning": explaining.meaning(asked),
    }
    return refreshed(render(request, "desk/trace.html", context), waits=not asked.is_finished)
