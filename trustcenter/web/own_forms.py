"""Forms on cached pages, which hold no token against other sites."""

from django.http import HttpRequest


def is_ours(request: HttpRequest) -> bool:
    """Whether a page of this site sent the form.

    Every current browser says with a POST where it comes from, in one of these headers, and no page can set them.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
