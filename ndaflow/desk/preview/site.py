"""The public pages through somebody else's eyes.

Each is made by its own view, for a request that exists nowhere else: a GET without a cookie, a session or a token, whose
user is the other person. Its links stay in the preview, because they are written below its address. What is not a public
page, such as signing or a file, is not on the list, so there is no view that could do it.
"""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import ResolverMatch, get_script_prefix, resolve, reverse, set_script_prefix
from django.utils import translation

from ndaflow.desk.preview.eyes import Eyes
from trustcenter.accounts.models import User
from trustcenter.accounts.signed_in import person

# Public pages that show each reader what is theirs, and do nothing else.
PAGES = frozenset(
    [
        *("site:overview", "site:certifications", "site:certification", "site:products", "site:product"),
        *("site:answers", "site:privacy"),
        *("certifications:subprocessors", "certifications:changes", "certifications:search"),
        *("certifications:updates", "certifications:update"),
        *("documents:library", "documents:document"),
    ]
)
# Posts may be for the readers of a level, and not every colleague who previews may read those.
POSTS = frozenset({"certifications:updates", "certifications:update"})
# What is the same for everyone and no page: it comes from its own address.
FILES = frozenset(
    [
        *("certifications:brand_image", "certifications:colour", "certifications:badge"),
        *("certifications:feed_atom", "certifications:feed_json"),
        *("site:posture_json", "site:security_txt", "site:overview_pdf", "site:products_pdf"),
        *("site:answers_csv", "site:answers_xlsx", "site:share_image"),
    ]
)
# What a view may know of the colleague's request.
KNOWN = ("HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "QUERY_STRING")


def show(request: HttpRequest, seen_by: Eyes, page: str) -> HttpResponse:
    """The public page at the address `/` with `page`, marked as a preview. Raises Http404."""
    match = resolve(f"/{page}")
    if match.view_name in FILES:
        return redirect(reverse(match.view_name, args=match.args, kwargs=match.kwargs))
    if match.view_name not in PAGES:
        return render(request, "desk/preview_ends.html", {"eyes": seen_by})
    inner = _request(request, seen_by, page, match)
    before, language = get_script_prefix(), getattr(seen_by.reader, "language", "") or settings.LANGUAGE_CODE
    # Every address that the page names begins with it.
    set_script_prefix(seen_by.site)
    try:
        with translation.override(language):
            answer = match.func(inner, *match.args, **match.kwargs)
    finally:
        set_script_prefix(before)
    if answer.status_code != 200:
        raise Http404
    # Of the answer nothing but the page: no header may let somebody keep it.
    return HttpResponse(answer.content)


def _reader(request: HttpRequest, seen_by: Eyes, match: ResolverMatch) -> User | AnonymousUser:
    """The other person; on the pages of posts a visitor, unless the colleague may read every post."""
    if match.view_name in POSTS and not person(request).has_perm("certifications.view_update"):
        return AnonymousUser()
    return seen_by.reader


def _request(request: HttpRequest, seen_by: Eyes, page: str, match: ResolverMatch) -> HttpRequest:
    inner = HttpRequest()
    inner.method = "GET"
    inner.META = {"REQUEST_METHOD": "GET"} | {key: request.META[key] for key in KNOWN if key in request.META}
    inner.GET = QueryDict(inner.META.get("QUERY_STRING", ""))
    inner.path, inner.path_info = f"{seen_by.site}{page}", f"/{page}"
    inner.user = _reader(request, seen_by, match)
    inner.resolver_match = match
    if not inner.user.is_anonymous:
        # That there is a session makes a page somebody's own. This one leads to none.
        inner.COOKIES = {settings.SESSION_COOKIE_NAME: ""}
    # Empty, and it can neither be loaded nor saved.
    inner.session = SessionBase()
    banner = render_to_string("desk/preview_banner.html", {"eyes": seen_by}, request=request)
    inner.preview = banner  # type: ignore[attr-defined]  # for templates/base.html
    return inner
