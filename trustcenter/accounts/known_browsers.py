"""A browser that proved an account keeps an allowance of its own for it.

Anyone may type anyone's address, so wrong passwords and requests for codes are limited for each address, and strangers
can use that up. They cannot use up what a browser has that signed in before: a cookie names it, and counts for the
accounts that it proved. The cookie proves nothing else, so it outlives sessions, passwords and sign-out.
"""

import secrets
from typing import TypedDict

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

SALT = "trustcenter known browser"
LASTS = 365 * 24 * 60 * 60
# Browsers keep four kilobytes, and send them with each request. Who shares a browser with more people is a stranger again.
ACCOUNTS_AT_MOST = 5


class Browser(TypedDict):
    id: str
    # A keyed digest for each account, newest first: the cookie does not say whose they are.
    accounts: list[str]


def allowance(request: HttpRequest, email: str) -> str:
    """The key under which tries for this address are counted: the address, or this browser's own."""
    browser = _browser(request)
    if browser and _proved(browser, email):
        return f"{email}\n{browser['id']}"
    return email


def remember(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Sets the cookie. Call it when the account with this address has just been proven, and only then."""
    browser = _browser(request) or Browser(id=secrets.token_urlsafe(16), accounts=[])
    new = _digest(browser, email, settings.SECRET_KEY)
    others = [account for account in browser["accounts"] if account != new]
    browser["accounts"] = [new, *others][:ACCOUNTS_AT_MOST]
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE_NAME,
        signing.dumps(browser, salt=SALT),
        max_age=LASTS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _browser(request: HttpRequest) -> Browser | None:
    try:
        browser: Browser = signing.loads(
            request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME, ""), salt=SALT, max_age=LASTS
        )
    except signing.BadSignature:
        return None
    return browser


def _proved(browser: Browser, email: str) -> bool:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [_digest(browser, email, key) for key in keys]
    return any(constant_time_compare(account, digest) for account in browser["accounts"] for digest in digests)


def _digest(browser: Browser, email: str, key: str) -> str:
    return salted_hmac(SALT, f"{browser['id']} {email}", secret=key, algorithm="sha256").hexdigest()[:32]
