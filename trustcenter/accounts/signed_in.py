"""The person who makes a request."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from trustcenter.accounts.models import User


def person(request: HttpRequest) -> User:
    """The person who is signed in. Raises PermissionDenied without one, if a view is reached without sign-in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
