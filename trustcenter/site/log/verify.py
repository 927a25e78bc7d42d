"""/verify/ does what verify.py does, in a browser. It keeps none of the files that are sent to it."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from trustcenter.audit import offline, receipts, tree
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.audit.nodes import Nodes
from trustcenter.web import throttle

# Room for the other fields of the form and the boundaries around the files.
ENVELOPE = 64 * 1024


class Received(UploadedFile):  # type: ignore[type-arg]  # Django's class takes no argument at run time
    """An uploaded file: its SHA-256 and its first bytes, but not the file itself."""

    def __init__(self, name: str, size: int, start: bytes, sha256: str) -> None:
        super().__init__(None, name, "application/octet-stream", size)
        self.start, self.sha256 = start, sha256

    def close(self) -> None:
        """Does nothing, because there is no file: Django closes what it has when it refuses the rest of a form."""


class Passing(FileUploadHandler):
    """Hashes every byte of a file and keeps no more bytes than the longest receipt has."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.start, self.digest = b"", hashlib.sha256()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.digest.update(raw_data)
        self.start += raw_data[: max(0, offline.MAX_BYTES + 1 - len(self.start))]

    def file_complete(self, file_size: int) -> Received:
        return Received(self.file_name or "", file_size, self.start, self.digest.hexdigest())


class VerifyForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Receipt or checkpoint"),
        help_text=gettext_lazy("The unchanged file, with a name that ends in .tlog-proof or .checkpoint."),
        error_messages={"required": gettext_lazy("Choose a receipt or a checkpoint.")},
        allow_empty_file=True,
    )
    pdf = forms.FileField(
        label=gettext_lazy("The file that belongs to it"),
        help_text=gettext_lazy(
            "Your signed copy, a copy that you downloaded, or a posture.json. We compute its SHA-256 and do not keep it."
        ),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf,application/json,.json"}),
    )


@dataclass
class Answer:
    """The checks that passed, in order, and the first one that failed."""

    findings: list[str] = field(default_factory=list)
    refusal: str = ""
    not_compared: str = ""
    sentence: str = ""

    def add(self, *findings: offline.Finding) -> None:
        self.findings += [_(finding.sentence) % finding.values for finding in findings]


# Django would read the form to find the token, with the default upload handlers, before this view can set its own.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Verifies a receipt or a checkpoint and says which checks passed."""
    if request.method == "GET":
        return _page(request, VerifyForm())
    request.upload_handlers = [Passing(request)]
    if _announced(request) > settings.MAX_UPLOAD_BYTES + ENVELOPE:
        return _page(
            request, VerifyForm(), refusal=_("This file is too large for this page. Use verify.py."), status=413
        )
    return _receive(request)


@csrf_protect
def _receive(request: HttpRequest) -> HttpResponse:
    form = VerifyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form)
    if not throttle.allow(request, "verify", limit=60, seconds=3600):
        refusal = _("Too many files. Try again in an hour, or use verify.py.")
        return _page(request, form, refusal=refusal, status=429)
    pdf = form.cleaned_data["pdf"]
    return _page(request, VerifyForm(), answer=check(form.cleaned_data["file"].start, pdf.sha256 if pdf else ""))


def check(data: bytes, pdf_sha256: str = "") -> Answer:
    """Checks a receipt or checkpoint, and the SHA-256 of a PDF if there is one, against this site's log."""
    answer = Answer()
    try:
        _check(data, pdf_sha256, answer)
    except offline.NothingToCompare as refusal:
        answer.not_compared = _(refusal.sentence) % refusal.values
    except offline.Refused as refusal:
        answer.refusal = _(refusal.sentence) % refusal.values
    except receipts.TooYoung:
        answer.not_compared = _("The signed copy is newer than the newest checkpoint. Try again in a minute.")
    except receipts.Unprovable as refusal:
        answer.refusal = str(refusal)
    return answer


def _check(data: bytes, pdf_sha256: str, answer: Answer) -> None:
    keys = receipts.keys()
    if not keys:
        raise offline.Refused(gettext_noop("This site has not signed a checkpoint yet."))
    text = offline.read_text(data)
    if text.startswith(offline.PROOF):
        receipt = offline.read_receipt(text)
        answer.add(*offline.check_receipt(receipt, keys))
        answer.sentence = _sentence(receipt)
        answer.add(_still_there(receipt.checkpoint))
        if pdf_sha256:
            answer.add(*_compare(receipt, pdf_sha256))
    else:
        checkpoint = offline.read_checkpoint(text)
        answer.add(*offline.check_checkpoint(checkpoint, keys))
        answer.add(_still_there(checkpoint))
        if pdf_sha256:
            raise offline.NothingToCompare(
                gettext_noop("A checkpoint names no file to compare. Choose the receipt of the PDF.")
            )


def _compare(receipt: offline.Receipt, sha256: str) -> list[offline.Finding]:
    """Whether the file is the one that the record names, or the signed copy of the signature that it is about."""
    leaf = json.loads(receipt.leaf)
    if leaf["action"] != Action.REQUEST_SIGNED:
        return offline.check_file(receipt, sha256)
    # The signature is older than its copy, whose SHA-256 is in a later record.
    signature = json.loads(receipt.body)["signature"]
    sealed = Record.objects.filter(action=Action.AGREEMENT_SEALED, subject=f"signature:{signature}")
    for record in sealed.select_related("detail"):
        body = json.loads(record.detail.body or "{}")
        if body.get("sha256") == sha256:
            receipts.prove(record)
            sentence = gettext_noop(
                "The file is the signed copy of this signature: record %(number)s names its SHA-256."
            )
            return [offline.Finding(sentence, {"number": record.number})]
    raise offline.Refused(gettext_noop("The file is not the signed copy of this signature, or was changed."))


def _still_there(checkpoint: offline.Checkpoint) -> offline.Finding:
    """Checks that today's log begins with the records of the checkpoint."""
    newest = receipts.newest()
    size = newest.size if newest else 0
    if newest is None or checkpoint.size > size:
        raise offline.Refused(
            gettext_noop("This site's log was set back. Its newest checkpoint covers %(size)s records."), size=size
        )
    try:
        path = tree.consistency(Nodes(), checkpoint.size, size)
    except LookupError:
        path = []
    if not offline.extends((checkpoint.size, checkpoint.root), (size, bytes(newest.root)), path):
        raise offline.Refused(
            gettext_noop("Today's log does not begin with the records of the checkpoint. It was changed.")
        )
    return offline.Finding(
        gettext_noop("Today's log has %(size)s records and still begins with the records of the checkpoint."),
        {"size": size},
    )


def _sentence(receipt: offline.Receipt) -> str:
    try:
        return Action(json.loads(receipt.leaf)["action"]).sentence(json.loads(receipt.body))
    except (ValueError, KeyError, TypeError):
        return ""


def _announced(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _page(
    request: HttpRequest,
    form: VerifyForm,
    *,
    answer: Answer | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "answer": answer, "refusal": refusal, "newest": receipts.newest()}
    return render(request, "public/verify.html", context, status=status)
