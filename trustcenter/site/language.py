"""The choice of a language, in the footer of each page for prospects."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from trustcenter.accounts import languages
from trustcenter.accounts.models import User
from trustcenter.web.own_forms import is_ours

YEAR = 365 * 24 * 60 * 60


@csrf_exempt
@login_not_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keeps the language in a cookie, and on the account of a person who is signed in, and leads back to the page.

    The form is on cached pages, which hold no token against other sites.
    """
    if not is_ours(request):
        raise PermissionDenied
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        raise BadRequest("no such language")
    if settings.SESSION_COOKIE_NAME in request.COOKIES and isinstance(request.user, User):
        languages.keep(request.user, language)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/"):
        back = "/"
    response = HttpResponseRedirect(back)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=YEAR,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response
