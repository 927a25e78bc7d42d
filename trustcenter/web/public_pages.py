"""Pages that are the same for everyone, and how they say that they may be kept."""

import hashlib
from collections.abc import Callable
from datetime import date
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from trustcenter.web import revision

# Where a public page leaves its edition for the cache in front of Django. No request header can set this key.
EDITION = "trustcenter.edition"

Edition = tuple[int, date]


def edition() -> Edition:
    """What a public page depends on besides its address: the content's revision and the day."""
    return revision.current(), timezone.localdate()


def public_page[**P](view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
    """A page for everyone, signed in or not: GET and HEAD only, no session, no cookie, ETag, 304, cacheable.

    It knows no visitor, so a template must not greet one: the masthead's "Sign in" is there for all.
    Browsers and proxies may keep the page, but ask each time whether it still stands (RFC 9111, 5.2.2).
    """

    @wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        request = args[0]
        assert isinstance(request, HttpRequest)
        _forget_visitor(request)
        # Before the view reads anything: a change in the meantime may make the page too new, never too old.
        current = edition()
        response = view(*args, **kwargs)
        if response.status_code != 200 or not isinstance(response, HttpResponse):
            return response
        response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
        response.headers["ETag"] = etag = _etag(current, response.content)
        if EDITION in request.META:
            # The cache in front compares ETags itself, and keeps only whole pages.
            request.META[EDITION] = current
            return response
        return get_conditional_response(request, etag=etag, response=response) or response

    return login_not_required(require_safe(wrapped))


def _forget_visitor(request: HttpRequest) -> None:
    request.user = AnonymousUser()
    # Without a session the session's middleware can neither set a cookie nor say `Vary: Cookie`, which would
    # make the page uncacheable; and a view that asks for one fails in its first test.
    request.session = None  # type: ignore[assignment]
    # A broken CSRF cookie is answered with a new one where there are forms, not here.
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False


def _etag(current: Edition, body: bytes) -> str:
    """Weak, as a compressed copy is the same page; with a digest, as a release changes pages too."""
    number, day = current
    return f'W/"{number}-{day:%Y%m%d}-{hashlib.sha256(body).hexdigest()[:16]}"'
