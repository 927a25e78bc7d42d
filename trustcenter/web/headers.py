"""What every response carries, and what every page knows."""

import logging
from collections.abc import Callable

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError

from trustcenter.work.ids import new_id, short

logger = logging.getLogger(__name__)

PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"
)

# What a view raises to answer 4xx: no error, and a scanner that asks for what is not there must not fill the log.
ANSWERS = (Http404, PermissionDenied, SuspiciousOperation, BadRequest, MultiPartParserError)


class HeadersMiddleware:
    """Adds the headers Django has no setting for; a response that says nothing about caching is not kept anywhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Gives an error of ours a number that the person can quote and the log can be searched for."""
        if isinstance(exception, ANSWERS):
            return
        number = short(new_id())
        request.error_reference = number  # type: ignore[attr-defined]  # for templates/500.html
        logger.error("error %s at %s", number, request.path, exc_info=exception)
