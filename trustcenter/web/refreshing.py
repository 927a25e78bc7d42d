"""Pages that load themselves again while something is being done, without a script."""

from django.http import HttpResponse

SECONDS = 5


def refreshed(response: HttpResponse, *, waits: bool) -> HttpResponse:
    """The page, which the browser loads again while it `waits`. Never on a page with a form: what is typed would go."""
    if waits:
        response.headers["Refresh"] = str(SECONDS)
    return response
