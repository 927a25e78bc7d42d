from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from certifications.models import Profile


def site(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: the modes, and whose trust center it is (read when a template first asks)."""
    return {
        "DEMO": settings.DEMO,
        "SITE_URL": settings.SITE_URL,
        "profile": SimpleLazyObject(Profile.objects.first),
    }
