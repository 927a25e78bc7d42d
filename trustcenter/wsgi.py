"""What the web server calls: a cache of the public pages, then Django."""

import os
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trustcenter.settings")

django = get_wsgi_application()

from trustcenter.web import language, public_pages  # noqa: E402  (its models exist once Django is set up)
from trustcenter.web.page_cache import Environ, FrontCache  # noqa: E402
from trustcenter.work.processes import end_with_parent  # noqa: E402

end_with_parent()

# How long public pages are served from memory while the database does not answer: longer than a restart or a failover
# takes. All that could change them is written to that database. If only this node has lost it, another one may withdraw
# a statement meanwhile, so it must not be much longer.
OUTAGE = 15 * 60


def current_edition() -> public_pages.Edition:
    """The edition in the database. Outside of a request nobody else gives the connection back."""
    try:
        return public_pages.edition()
    finally:
        close_old_connections()


pages = FrontCache(
    django,
    mark=public_pages.EDITION,
    edition=current_edition,
    outage=OUTAGE,
    session_cookie=settings.SESSION_COOKIE_NAME,
    # One place for each page in each language, whatever a header or a cookie says.
    variant=language.of,
    vary="Accept-Encoding, Accept-Language, Cookie",
    # Behind our own proxy, the scheme is what that proxy says.
    scheme_header=settings.SECURE_PROXY_SSL_HEADER[0] if settings.SECURE_PROXY_SSL_HEADER else "",
)

ALIVE = b"ok\n"
ALIVE_HEADERS = [
    ("Content-Type", "text/plain"),
    ("Content-Length", str(len(ALIVE))),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
]


def application(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """The site. `/livez` says that this process has loaded it and has a free thread; it needs nothing else, not even a host."""
    if environ.get("PATH_INFO") == "/livez" and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        start_response("200 OK", list(ALIVE_HEADERS))
        return [ALIVE] if environ["REQUEST_METHOD"] == "GET" else []
    return pages(environ, start_response)
