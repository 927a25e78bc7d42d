"""Sessions in the database, whose they are, and what their owner reads about each."""

import re
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import Permission
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends import db
from django.db import connection
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from trustcenter.accounts.models import Session, User
from trustcenter.web.client import client_address
from trustcenter.web.throttle import network_of
from trustcenter.work.ids import new_id
from trustcenter.work.rows import Rows

# Session key: where and when its owner signed in.
ABOUT = "about"
# The first that fits: Edge and Opera call themselves Chrome too, and Chrome calls itself Safari.
BROWSERS = (
    ("Edge", r"\bEdgA?/"),
    ("Opera", r"\bOPR/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"),
    ("Chrome", r"\b(Chrome|CriOS|Chromium)/"),
    ("Safari", r"\bSafari/"),
)
SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("macOS", r"\bMac OS X\b"),
    ("Linux", r"\bLinux\b"),
)
# Every page of a signed-in person waits for both.
UNEXPIRED = Rows(Session, "SELECT {session} FROM accounts_session session WHERE session_key = %s AND expire_date > %s")
OWNER = Rows(User, 'SELECT {user} FROM accounts_user "user" WHERE id = %s')


class SessionStore(db.SessionStore):
    """Writes into each row whose session it is, and looks for no key that it could not have made.

    A quoted cookie can hold any byte, and PostgreSQL raises an error for some: every page would answer 500 and fill the
    error log for a stranger.
    """

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        row = UNEXPIRED.first(self.session_key, now)
        found: dict[str, Any] = self.decode(row.session_data) if row is not None else super().load()
        return found

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]  # our table in the place of Django’s
        if about := data.get(ABOUT) if SESSION_KEY in data else None:
            row.person_id = data[SESSION_KEY]
            row.handle, row.browser, row.network = about["handle"], about["browser"], about["network"]
            row.began_at = parse_datetime(about["at"])
        return row

    def _validate_session_key(self, key: Any) -> bool:
        possible: bool = super()._validate_session_key(key)  # type: ignore[misc]  # not public in Django
        return possible and key.isascii() and key.isalnum()


class SignIn(AuthenticationBackend):
    """How people sign in, and who is signed in by a session."""

    def get_user(self, user_id: str) -> User | None:
        person = OWNER.first(user_id)
        return person if person is not None and self.user_can_authenticate(person) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Everything that a person may do, by role or directly. One query, where Django has two: each page of the desk
        waits for it."""
        is_person = isinstance(user_obj, User) and user_obj.is_active and not user_obj.is_superuser
        if is_person and obj is None and not hasattr(user_obj, "_perm_cache"):
            names = ("content_type__app_label", "codename")
            own = Permission.objects.filter(user=user_obj).order_by().values_list(*names)
            by_role = Permission.objects.filter(group__user=user_obj).order_by().values_list(*names)
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in own.union(by_role).order_by()}
        found: set[str] = super().get_all_permissions(user_obj, obj)
        return found


@receiver(user_logged_in)
def on_logged_in(request: HttpRequest, **kwargs: Any) -> None:
    request.session[ABOUT] = {
        "handle": new_id(),
        "browser": browser_words(request.META.get("HTTP_USER_AGENT", "")),
        "network": network_of(client_address(request))[:45],
        "at": timezone.now().isoformat(),
    }


def browser_words(user_agent: str) -> str:
    """What calls itself by this name: "Firefox on Linux". For its owner to recognise, not as evidence."""
    browser = next((name for name, pattern in BROWSERS if re.search(pattern, user_agent)), "")
    system = next((name for name, pattern in SYSTEMS if re.search(pattern, user_agent)), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("An unknown browser")
