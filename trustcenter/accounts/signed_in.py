"""Who makes a request."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from trustcenter.accounts.models import User


def person(request: HttpRequest) -> User:
    """Who is signed in. Raises PermissionDenied for nobody, should a view ever be reached without the login door."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
