"""What a content delivery network in front of the site may keep (RFC 9213), and what makes it drop it again (RFC 9875)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from trustcenter.web import revision

# Short, because a network cannot know of a change that nobody made through it. While the site fails, no longer than its
# own cache does (trustcenter/wsgi.py).
CACHE_CONTROL = "max-age=60, stale-while-revalidate=60, stale-if-error=900"
# The group of all public pages: a change of the public content drops them together.
GROUP = '"public"'
ALLOWED = ("CDN-Cache-Control", "Cache-Groups")


def allow(response: HttpResponse, number: int) -> None:
    """Lets networks keep a page for everyone, which shows this revision of the content."""
    response.headers["CDN-Cache-Control"] = CACHE_CONTROL
    response.headers["Cache-Groups"] = f'{GROUP}, "edition-{number}"'


class NetworksMiddleware:
    """Takes the permission back from every answer that is one visitor's own, and says when public pages are out of date."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with revision.counted() as changes:
            response = self.get_response(request)
        if response.cookies or not response.headers.get("Cache-Control", "").startswith("public"):
            for name in ALLOWED:
                response.headers.pop(name, None)
        if changes and request.method == "POST":
            response.headers["Cache-Group-Invalidation"] = GROUP
        return response
