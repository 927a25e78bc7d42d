"""The language of a page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation


class LanguageMiddleware(LocaleMiddleware):
    """Chooses the language that the browser asks for among LANGUAGES.

    With one language, a page is the same for every browser and says so: Django's own middleware adds
    `Vary: Accept-Language` to every answer, which would keep all public pages out of the page cache. With a second
    language the header is right, and the page cache must learn about languages before it keeps a page again.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if len(settings.LANGUAGES) > 1:
            return super().process_response(request, response)
        response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response
