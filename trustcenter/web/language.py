"""The language of a page: what the person chose, then what their account has, then what the browser asks for."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

# Pages of staff, which are in English only.
STAFF = ("/desk/", "/admin/", "/mailbox/")


def of(environ: dict[str, Any]) -> str:
    """The language in which a visitor without a session gets this address: always one of LANGUAGES.

    The page cache asks it for each request, and the answer is part of its key.
    """
    if not is_translated(environ.get("PATH_INFO", "")):
        return settings.LANGUAGE_CODE
    return chosen(environ) or asked(environ)


def is_translated(path: str) -> bool:
    """Whether the page exists in several languages. Data, feeds, pictures and other files have one form for everyone."""
    return not path.startswith(STAFF) and "." not in path.rpartition("/")[2]


def chosen(environ: dict[str, Any]) -> str:
    """The language that the person chose in this browser, or ""."""
    found = _cookie().search(environ.get("HTTP_COOKIE", ""))
    return found[1] if found and found[1] in dict(settings.LANGUAGES) else ""


def asked(environ: dict[str, Any]) -> str:
    """The first language of the browser in which the site can answer."""
    return _first(environ.get("HTTP_ACCEPT_LANGUAGE", "")[:200])


@lru_cache(maxsize=500)
def _first(accepted: str) -> str:
    for code, _weight in parse_accept_lang_header(accepted):
        language = code.partition("-")[0]
        if language in dict(settings.LANGUAGES):
            return language
        if code == "*":
            break
    return settings.LANGUAGE_CODE


@lru_cache(maxsize=2)
def _cookie_named(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|;)\s*{re.escape(name)}=([a-z]+)\s*(?:;|$)")


def _cookie() -> re.Pattern[str]:
    return _cookie_named(settings.LANGUAGE_COOKIE_NAME)


class LanguageMiddleware:
    """Answers each request in its language, and says so in the headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = _for(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if is_translated(request.path_info):
            patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response


def _for(request: HttpRequest) -> str:
    # Without the cookie nobody is signed in. A public page must not open a session to find that out.
    signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES
    if signed_in and is_translated(request.path_info) and not chosen(request.META):
        account = getattr(request.user, "language", "")
        if account in dict(settings.LANGUAGES):
            return str(account)
    return of(request.META)
