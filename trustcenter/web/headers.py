"""The headers of every response, and the reference number of every server error."""

import logging
from collections.abc import Callable

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError

from trustcenter.work.ids import new_id, short
from trustcenter.work.outages import is_outage

logger = logging.getLogger(__name__)

PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"
)

# Exceptions that a view raises to answer 4xx. They are not errors, and a scanner must not fill the log with them.
ANSWERS = (Http404, PermissionDenied, SuspiciousOperation, BadRequest, MultiPartParserError)


class WithoutTracebacksOfAnswers(logging.Filter):
    """Lets an answer 4xx be one line in the log: somebody asked for what they may not have, and nothing failed."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = None
        return True


class HeadersMiddleware:
    """Adds the headers that Django has no setting for. A response without Cache-Control must not be cached."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Gives a server error a number that a person can quote and an operator can find in the log."""
        # An outage is not an error of the page; Django logs it.
        if isinstance(exception, ANSWERS) or is_outage(exception):
            return
        number = short(new_id())
        request.error_reference = number  # type: ignore[attr-defined]  # for templates/500.html
        logger.error("error %s at %s", number, request.path, exc_info=exception)
