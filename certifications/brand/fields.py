"""The field of a form that takes a picture of the brand, and what lets a view read it."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadhandler import MemoryFileUploadHandler, StopFutureHandlers
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from certifications.brand import pictures
from certifications.brand.svg import Refused
from certifications.models import BrandImage


class Shown(str):
    """The name of a picture that is there, with its address, for Django's widget."""

    @property
    def url(self) -> str:
        return reverse("certifications:brand_image", args=[self])


class Kept(Shown):
    """A picture that was uploaded with a form that could not be saved."""


class PictureInput(forms.ClearableFileInput):
    """Django's, in our words. It says which picture was kept (`kept`), because no page can fill in a file again."""

    initial_text: Any = gettext_lazy("Now")
    input_text: Any = gettext_lazy("Replace it with")
    clear_checkbox_label: Any = gettext_lazy("Remove it")

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)
        kept = data.get(f"{name}-kept", "")
        return Kept(kept) if value is None and BrandImage.objects.filter(pk=kept, kind=name).exists() else value

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        found = super().render(name, value, attrs, renderer)
        if not isinstance(value, Kept):
            return found
        return format_html('{}<input type="hidden" name="{}-kept" value="{}">', found, name, value)


def kept(posted: QueryDict, images: Iterable[BrandImage]) -> QueryDict:
    """What was posted, with the pictures by their names in place of their files."""
    data = posted.copy()
    for image in images:
        data[f"{image.kind}-kept"] = image.name
    return data


class PictureField(forms.FileField):
    """Takes a picture, leaves the one that is there, or takes it away. Its value is the name of the picture."""

    widget = PictureInput

    def __init__(self, kind: str, **about: Any) -> None:
        super().__init__(**about)
        self.kind = BrandImage.Kind(kind)
        self.made: BrandImage | None = None
        self.widget.attrs["accept"] = "image/svg+xml,image/png"

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data if isinstance(data, Kept) else initial

    def clean(self, data: Any, initial: Any = None) -> str:
        if isinstance(data, Kept):
            return str(data)
        found: Any = super().clean(data, initial)
        if not found or isinstance(found, str):
            return str(found or "")
        found.seek(0)
        try:
            self.made = pictures.made(self.kind, found.read(pictures.MOST_BYTES + 1))
        except Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        return self.made.name


class InMemory(MemoryFileUploadHandler):
    """Keeps a picture in memory up to its largest size, and of a larger file only the start: enough to refuse it."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated, self.left = True, pictures.MOST_BYTES + 1

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        kept = raw_data[: self.left]
        self.left -= len(kept)
        self.file.write(kept)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.left = pictures.MOST_BYTES + 1
        with suppress(StopFutureHandlers):
            super().new_file(*args, **kwargs)


def takes_pictures(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lets the forms of a view bring pictures.

    Django would read the form to find its token, with the default upload handlers, before a view can set its own.
    """
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.upload_handlers = [InMemory(request)]
        return protected(request, *args, **kwargs)

    return wrapped
