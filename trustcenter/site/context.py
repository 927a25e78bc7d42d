from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from certifications.models import Profile


def site(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: the demo mode, the address, and the company, which is read only if a template asks."""
    return {
        "DEMO": settings.DEMO,
        "SITE_URL": settings.SITE_URL,
        "profile": SimpleLazyObject(Profile.objects.first),
    }
