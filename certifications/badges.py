"""The status of a certification as a small picture, for the company's own website and for mails. It is always current."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from certifications import posture
from certifications.models import Certification
from trustcenter.web.public_pages import public_page

# Of a character at 11 px in the fonts that browsers put in for sans-serif: wide enough for each of them.
WIDTH, PAD, HEIGHT = 7, 8, 24
# Text and ground of each tone, 4.5:1 at least on any page, because the picture brings its own ground.
COLOURS = {"good": ("#ffffff", "#11643a"), "wait": ("#ffffff", "#7a4b00"), "none": ("#ffffff", "#41454e")}


@dataclass(frozen=True)
class Badge:
    """The two halves of a badge in pixels: what it is about, and how it stands."""

    name: str
    status: str
    ink: str
    ground: str

    @property
    def left(self) -> int:
        return len(self.name) * WIDTH + 2 * PAD

    @property
    def right(self) -> int:
        return len(self.status) * WIDTH + 2 * PAD

    @property
    def width(self) -> int:
        return self.left + self.right

    @property
    def height(self) -> int:
        return HEIGHT

    @property
    def name_at(self) -> float:
        return self.left / 2

    @property
    def status_at(self) -> float:
        return self.left + self.right / 2


def of(certification: Certification) -> Badge:
    ink, ground = COLOURS[certification.tone]
    return Badge(certification.framework.name, certification.status_text, ink, ground)


@public_page
def badge(request: HttpRequest, slug: str) -> HttpResponse:
    """The badge of a certification as SVG, for any page: other sites may show it."""
    certification = get_object_or_404(posture.certifications(), slug=slug)
    context = {"badge": of(certification)}
    response = render(request, "machine/badge.svg", context, content_type="image/svg+xml")
    # The page policy lets nobody embed our answers; a badge is made to be.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
