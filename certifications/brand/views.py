"""The operator's brand: its page at the desk, and the pictures as everyone gets them."""

import re
from contextlib import suppress
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required, permission_required
from django.core.files.uploadhandler import MemoryFileUploadHandler, StopFutureHandlers
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certifications import posture
from certifications.brand import flows, pictures
from certifications.brand.svg import Refused
from certifications.models import BrandImage, Profile
from trustcenter.accounts.signed_in import person
from trustcenter.work import mail_html

COLOUR = re.compile(r"[0-9a-f]{6}")
EVER = "public, max-age=31536000, immutable"


class BrandForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's class takes no argument at run time
    """Name, headline and colour, and the pictures that take the place of those before."""

    logo_file = forms.FileField(
        label=gettext_lazy("Logo"),
        required=False,
        help_text=gettext_lazy("SVG or PNG, shown 32 pixels high beside the name. E-mails show only a PNG."),
        widget=forms.FileInput(attrs={"accept": "image/svg+xml,image/png"}),
    )
    icon_file = forms.FileField(
        label=gettext_lazy("Browser tab icon"),
        required=False,
        help_text=gettext_lazy("A square SVG or PNG."),
        widget=forms.FileInput(attrs={"accept": "image/svg+xml,image/png"}),
    )

    class Meta:
        model = Profile
        fields = ("name", "headline", "colour")

    def clean(self) -> dict[str, Any] | None:
        self.images: list[BrandImage] = []
        for field, kind in (("logo_file", BrandImage.Kind.LOGO), ("icon_file", BrandImage.Kind.ICON)):
            if file := self.cleaned_data.get(field):
                try:
                    self.images.append(pictures.made(kind, file.read(pictures.MOST_BYTES + 1)))
                except Refused as refusal:
                    self.add_error(field, str(refusal))
        return super().clean()


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


# Django would read the form to find the token, with the default upload handlers, before this view can set its own.
@csrf_exempt
@require_http_methods(["GET", "POST"])
@permission_required("certifications.change_profile", raise_exception=True)
def brand(request: HttpRequest) -> HttpResponse:
    """Edits the brand, and shows how it looks in both schemes."""
    request.upload_handlers = [InMemory(request)]
    return _brand(request)


@csrf_protect
def _brand(request: HttpRequest) -> HttpResponse:
    profile = posture.profile()
    if profile is None:
        return render(request, "desk/brand_empty.html")
    form = BrandForm(request.POST or None, request.FILES or None, instance=Profile.objects.get())
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data
        flows.set_words(words["name"], words["headline"], words["colour"], by=person(request))
        for image in form.images:
            flows.show(image, by=person(request))
        messages.success(request, _("Saved. The public pages show it now."))
        return redirect("certifications:brand")
    colour = profile.colour or mail_html.BRAND
    context = {
        "form": form,
        "saved": profile,
        "colour": colour,
        "on_light": mail_html.legible(colour, mail_html.LIGHT),
        "on_dark": mail_html.legible(colour, mail_html.DARK),
    }
    return render(request, "desk/brand.html", context)


@require_POST
@permission_required("certifications.change_profile", raise_exception=True)
def remove_image(request: HttpRequest, kind: str) -> HttpResponse:
    """Takes a picture of the brand away."""
    if kind not in BrandImage.Kind.values:
        raise Http404
    flows.remove(BrandImage.Kind(kind), by=person(request))
    messages.success(request, _("Removed."))
    return redirect("certifications:brand")


@login_not_required
@require_safe
def colour(request: HttpRequest, digits: str) -> HttpResponse:
    """The one rule by which pages take the operator's colour; its address has the colour."""
    if not COLOUR.fullmatch(digits):
        raise Http404
    response = HttpResponse(f":root {{ --brand: #{digits}; }}\n", content_type="text/css; charset=utf-8")
    response["Cache-Control"] = EVER
    return response


@login_not_required
@require_safe
def image(request: HttpRequest, name: str) -> HttpResponse:
    """A picture of the brand. Its address changes with its bytes."""
    kind = name.partition("-")[0]
    found = BrandImage.objects.filter(pk=kind).first() if kind in BrandImage.Kind.values else None
    if found is None or found.name != name:
        raise Http404
    response = HttpResponse(bytes(found.data), content_type=found.content_type)
    response["Cache-Control"] = EVER
    return response
