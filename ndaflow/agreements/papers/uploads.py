"""Receives a paper: one PDF, short enough for memory, so that it never lies in the temp folder."""

import io
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.intake import refusals
from documents.intake.flaws import MAGIC, Flaw, glance
from documents.intake.uploads import ENVELOPE
from ndaflow.agreements.papers import checking
from ndaflow.agreements.papers.checking import Checked, Unusable
from trustcenter.web.templatetags.writing import file_size

MOST = 20 * 1024 * 1024


class Received(UploadedFile):  # type: ignore[type-arg]  # Django's class takes no argument at run time
    """The bytes of an upload, or the flaw for which they were dropped."""

    def __init__(self, name: str, size: int, content: bytes, flaw: Flaw | None) -> None:
        super().__init__(io.BytesIO(content), name, "application/pdf", size)
        self.content, self.flaw = content, flaw


class PaperHandler(FileUploadHandler):
    """Takes the first file of a form, and no more of it than a paper may have."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.files, self.size, self.kept = 0, 0, io.BytesIO()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.files += 1
        if self.files == 1:
            super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.files > 1:
            return
        self.size += len(raw_data)
        if self.size <= MOST:
            self.kept.write(raw_data)

    def file_complete(self, file_size: int) -> Received | None:
        if self.files > 1:
            return None
        content = self.kept.getvalue()
        flaw = glance(self.file_name or "", self.size, content[: len(MAGIC)], MOST)
        return Received(self.file_name or "", self.size, b"" if flaw else content, flaw)


class PaperForm(forms.Form):
    """The PDF. It is checked last, once everything else in the form is right, because a check costs a process."""

    file = forms.FileField(
        label=gettext_lazy("Signed paper, PDF"),
        error_messages={"required": gettext_lazy("Choose a PDF file.")},
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
        allow_empty_file=True,
    )
    checked: Checked

    def clean_file(self) -> Received:
        upload = self.cleaned_data["file"]
        if not isinstance(upload, Received):
            raise forms.ValidationError(refusals.sentence(Flaw.BROKEN))
        if upload.flaw is not None:
            raise forms.ValidationError(sentence(upload.flaw))
        return upload

    def full_clean(self) -> None:
        super().full_clean()
        if not self.is_bound:
            return
        if self.errors:
            if "file" not in self.errors:
                self.add_error("file", _("Choose the PDF again: a browser does not keep it after a mistake."))
            return
        try:
            self.checked = checking.checked(self.cleaned_data["file"].content)
        except Unusable as unusable:
            self.add_error("file", sentence(unusable.flaw))


def announced_too_long(request: HttpRequest) -> bool:
    """Whether the request says that it is longer than a paper may be, so that nobody waits for the whole upload."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0) > MOST + ENVELOPE
    except ValueError:
        return False


def sentence(flaw: Flaw) -> str:
    """What is wrong with the file, and what to do."""
    if flaw is Flaw.TOO_LONG:
        return _("The file is larger than %(most)s. Please make it smaller and try again.") % {"most": file_size(MOST)}
    return refusals.sentence(flaw)
