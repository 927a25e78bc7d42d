"""The staff pages about documents: the list, and the upload of a new version."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from documents.intake import flows, refusals
from documents.intake.flaws import Flaw
from documents.intake.uploads import UploadForm, VaultUploadHandler, announced_too_long
from documents.models import Document, DocumentVersion, PageImages
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.web.refreshing import refreshed


@require_GET
@permission_required("documents.view_document", raise_exception=True)
def desk_documents(request: HttpRequest) -> HttpResponse:
    """Every document with its current version and the state of its newest upload."""
    # Without the places, which are long and not shown here.
    drawn = Prefetch("versions__page_images", PageImages.objects.defer("places"))
    documents = Document.objects.select_related("level").prefetch_related(
        "versions__uploaded_by", "versions__goes_live", drawn
    )
    versions = [version for document in documents for version in document.versions.all()]
    waits = any(
        version.state == DocumentVersion.State.CHECKING and not version.waits_for_sandbox for version in versions
    )
    drawing = any(document.current and document.current.is_being_drawn for document in documents)
    return refreshed(render(request, "desk/documents.html", {"documents": documents}), waits=waits or drawing)


# The token is in the form beside the file. If it were checked before this view, the file would go through the default
# handlers, which write it unencrypted to the temp folder. `_receive` checks it once the vault's handler is in place.
@csrf_exempt
@require_http_methods(["GET", "POST"])
@permission_required("documents.add_documentversion", raise_exception=True)
def upload(request: HttpRequest, slug: str) -> HttpResponse:
    """Uploads a new version. Readers keep the current one until the new one has passed its checks."""
    document = get_object_or_404(Document, slug=slug)
    if request.method == "GET":
        return _page(request, document, UploadForm())
    if announced_too_long(request):
        form = UploadForm()
        return _page(request, document, form, refusals.sentence(Flaw.TOO_LONG), status=413)
    handler = VaultUploadHandler(request, DocumentVersion(), "original")
    request.upload_handlers = [handler]
    try:
        return _receive(request, document)
    finally:
        handler.abandon()


@csrf_protect
def _receive(request: HttpRequest, document: Document) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, document, form)
    try:
        version = flows.upload(document, form.cleaned_data["file"].draft, by=cast(User, request.user))
    except FlowError as refusal:
        return _page(request, document, form, str(refusal), status=409)
    messages.success(
        request,
        _("Version %(number)s of %(document)s is being checked.")
        % {"number": version.number, "document": document.title},
    )
    return redirect("documents:desk")


def _page(
    request: HttpRequest, document: Document, form: UploadForm, sentence: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "document": document,
        "form": form,
        "sentence": sentence,
        "versions": document.versions.select_related("uploaded_by", "original"),
        "most": settings.MAX_UPLOAD_BYTES,
    }
    return render(request, "desk/upload.html", context, status=status)
