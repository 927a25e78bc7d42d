"""Upload handlers that write straight into the vault, never to the temp folder."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from documents.intake import refusals
from documents.intake.flaws import MAGIC, Flaw, glance
from trustcenter.vault import files as vault

# Room for the form's other fields and the boundaries around the file.
ENVELOPE = 64 * 1024


class Upload(UploadedFile):  # type: ignore[type-arg]  # Django's class takes no argument at run time
    """An uploaded file: its name, its size, and its draft, or the flaw for which it was discarded."""

    def __init__(self, name: str, size: int, draft: vault.Draft | None, flaw: Flaw | None) -> None:
        super().__init__(None, name, "application/pdf", size)
        self.draft, self.flaw = draft, flaw

    def close(self) -> None:
        """Does nothing: Django also closes a file when it skips another. The handler deletes the draft."""


class VaultUploadHandler(FileUploadHandler):
    """Writes one file into a draft for `owner`'s `field`, and deletes it as soon as it cannot be used."""

    chunk_size = 1024 * 1024

    def __init__(self, request: HttpRequest, owner: Model, field: str) -> None:
        super().__init__(request)
        self.owner, self.field = owner, field
        self.draft: vault.Draft | None = None
        self.flaw: Flaw | None = None
        self.files = 0
        self.start = b""
        self.size = 0

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        self.files += 1
        # If we skipped a second file, Django would report the whole upload as interrupted.
        if self.files == 1:
            super().new_file(field_name, file_name, *args, **kwargs)
            self.draft = vault.Draft(self.owner, self.field)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.files > 1:
            return
        self.size += len(raw_data)
        if self.draft is None:
            return
        if len(self.start) < len(MAGIC):
            self.start += raw_data[: len(MAGIC)]
        if len(self.start) >= len(MAGIC):
            self._glance()
        if self.draft is not None:
            self.draft.write(raw_data)

    def file_complete(self, file_size: int) -> Upload | None:
        if self.files > 1:
            return None
        if self.flaw is None:
            self._glance()
        return Upload(self.file_name or "", self.size, self.draft, self.flaw)

    def abandon(self) -> None:
        """Deletes the draft, unless a flow has kept it."""
        if self.draft is not None:
            self.draft.abandon()

    def upload_interrupted(self) -> None:
        self.abandon()

    def _glance(self) -> None:
        self.flaw = glance(self.file_name or "", self.size, self.start, settings.MAX_UPLOAD_BYTES)
        if self.flaw is not None:
            self.abandon()
            self.draft = None


class NoUploads(FileUploadHandler):
    """For forms without files: skips any file and stores nothing."""

    def new_file(self, *args: object, **kwargs: object) -> None:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("PDF file"),
        error_messages={"required": _("Choose a PDF file.")},
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
        allow_empty_file=True,
    )

    def clean_file(self) -> Upload:
        upload = self.cleaned_data["file"]
        if not isinstance(upload, Upload) or upload.draft is None:
            flaw = getattr(upload, "flaw", None) or Flaw.BROKEN
            raise forms.ValidationError(refusals.sentence(flaw))
        return upload


def announced_too_long(request: HttpRequest) -> bool:
    """Whether the request's length is over the limit, so that nobody has to wait for the whole upload."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return False
    return length > settings.MAX_UPLOAD_BYTES + ENVELOPE
