"""Public pages: one for everyone who is not signed in, and one for each person who is."""

import hashlib
from collections.abc import Callable
from datetime import date
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

from trustcenter.web import networks, revision
from trustcenter.web.page_cache import Names, canonical

# Where a public page leaves its edition for the cache in front of Django. No request header can set this key.
EDITION = "trustcenter.edition"

Edition = tuple[int, date]


def edition() -> Edition:
    """What a public page depends on besides its address: the content's revision and the day."""
    return revision.current(), timezone.localdate()


def public_page[**P](view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
    """A public page that reads no parameter of its address; see `public_page_with`."""
    return public_page_with()(view)


def public_page_with[**P](
    *names: str,
) -> Callable[[Callable[P, HttpResponseBase]], Callable[P, HttpResponseBase]]:
    """A page that everyone may read, by GET and HEAD only; its header names the person who is signed in.

    The view sees only the parameters of its address with these `names`. Any others lead to the same page, and to its
    one place in the cache.

    Without the session's cookie everyone gets the same page: no session, no cookie, an ETag, 304, and a place in the
    shared cache. Browsers and proxies may keep it, but ask each time whether it is still current (RFC 9111, 5.2.2);
    a content delivery network may answer with it for a minute, and with nothing else of this site.
    With the session's cookie the page is made for that person and is `private, no-store`: no cache keeps it, it has no
    ETag, and a reader who signs in or out never gets the other page. The presence of the cookie decides, so the header
    is right in the first byte: no script asks later, nothing flashes and nothing moves. A session that has ended gives
    the page of a stranger; Django then takes its cookie back, and the next page comes from the cache again.
    """

    read = frozenset(names)

    def decorate(view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
        @wraps(view)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            request = args[0]
            assert isinstance(request, HttpRequest)
            _leave_out(request, read)
            # Before the view reads anything: a change in the meantime may make the page too new, never too old. The
            # footer says it too, because a copy of the page may lie elsewhere for long.
            request.edition = edition()  # type: ignore[attr-defined]  # for templates/components/footer.html
            if settings.SESSION_COOKIE_NAME in request.COOKIES:
                response = view(*args, **kwargs)
                response.headers["Cache-Control"] = "private, no-store"
            else:
                _forget_visitor(request)
                response = _for_everyone(request, read, lambda: view(*args, **kwargs))
            patch_vary_headers(response, ["Cookie"])
            return response

        return login_not_required(require_safe(wrapped))

    return decorate


def _leave_out(request: HttpRequest, read: Names) -> None:
    """Takes away what the page does not read, so that it cannot depend on it: the cache gives it to others."""
    try:
        request.META["QUERY_STRING"] = canonical(request.META.get("QUERY_STRING", ""), read)
    except ValueError as error:
        raise TooManyFieldsSent("more parameters than a page reads") from error
    request.GET = QueryDict(request.META["QUERY_STRING"])


def _for_everyone(request: HttpRequest, read: Names, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    current: Edition = request.edition  # type: ignore[attr-defined]  # set above
    response = make()
    if response.status_code != 200 or not isinstance(response, HttpResponse):
        return response
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    response.headers["ETag"] = etag = _etag(current, response.content)
    if EDITION in request.META:
        # The cache in front compares ETags itself, and keeps only whole pages.
        request.META[EDITION] = current, read
    else:
        response = get_conditional_response(request, etag=etag, response=response) or response
    networks.allow(response, current[0])
    return response


def _forget_visitor(request: HttpRequest) -> None:
    request.user = AnonymousUser()
    # Without a session the session's middleware cannot set a cookie, which would make the page uncacheable; and a
    # view that asks for one fails in its first test.
    request.session = None  # type: ignore[assignment]  # taken away, never given
    # A broken CSRF cookie is answered with a new one where there are forms, not here.
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False


def _etag(current: Edition, body: bytes) -> str:
    """Weak, because a compressed copy is the same page; with a digest, because a release changes pages too."""
    number, day = current
    return f'W/"{number}-{day:%Y%m%d}-{hashlib.sha256(body).hexdigest()[:16]}"'
