"""Sessions in the database, whose they are, and what their owner reads about each."""

import re
from contextvars import ContextVar
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib import auth
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser, Permission
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
    ("Chrome", r"\b(Chrome|HeadlessChrome|CriOS|Chromium)/"),
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
# Every page of a signed-in person waits for it: the session, whose it is, and what its owner may do by role or directly.
UNEXPIRED = Rows(
    Session,
    """
    SELECT {session}, {person}, (
        SELECT {joined}(type.app_label || '.' || permission.codename, ' ') FROM auth_permission permission
        JOIN django_content_type type ON type.id = permission.content_type_id WHERE permission.id IN (
            SELECT permission_id FROM accounts_user_user_permissions WHERE user_id = session.person_id
            UNION SELECT permission_id FROM auth_group_permissions held
            JOIN accounts_user_groups member ON member.group_id = held.group_id WHERE member.user_id = session.person_id
        )
    )
    FROM accounts_session session LEFT JOIN accounts_user person ON person.id = session.person_id
    WHERE session.session_key = %s AND session.expire_date > %s
    """,
    also=["person_permissions"],
    person=User,
)
OWNER = Rows(User, 'SELECT {user} FROM accounts_user "user" WHERE id = %s')
# The owner of the session whose request asks who is signed in; None outside of `signed_in`.
_owner: ContextVar[User | None] = ContextVar("owner", default=None)


class SessionStore(db.SessionStore):
    """Writes into each row whose session it is, and looks for no key that it could not have made.

    A quoted cookie can hold any byte, and PostgreSQL raises an error for some: every page would answer 500 and fill the
    error log for a stranger.
    """

    # Whose session was loaded, with what they may do.
    _owner: User | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    @property
    def owner(self) -> User | None:
        """Whose session it is, as it was when the session was read: one statement reads both."""
        self._get_session()  # type: ignore[attr-defined]  # not public in Django
        return self._owner

    def load(self) -> dict[str, Any]:
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        row = UNEXPIRED.first(self.session_key, now)
        self._owner = None
        if row is not None and (owner := row.person) is not None:
            _remember(owner, row.person_permissions or "")  # type: ignore[attr-defined]  # named in UNEXPIRED
            self._owner = owner
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
        owner = _owner.get()
        person = owner if owner is not None and owner.pk == user_id else OWNER.first(user_id)
        return person if person is not None and self.user_can_authenticate(person) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Everything that a person may do, by role or directly. One query, where Django has two, and none for the owner of
        a session."""
        is_person = isinstance(user_obj, User) and user_obj.is_active and not user_obj.is_superuser
        if is_person and obj is None and not hasattr(user_obj, "_perm_cache"):
            names = ("content_type__app_label", "codename")
            own = Permission.objects.filter(user=user_obj).order_by().values_list(*names)
            by_role = Permission.objects.filter(group__user=user_obj).order_by().values_list(*names)
            _remember(user_obj, " ".join(f"{app}.{codename}" for app, codename in own.union(by_role).order_by()))
        found: set[str] = super().get_all_permissions(user_obj, obj)
        return found


def signed_in(request: HttpRequest) -> User | AnonymousUser:
    """Who is signed in, as Django finds and checks it, but with the person who was read together with the session."""
    token = _owner.set(request.session.owner)  # type: ignore[attr-defined]  # our SessionStore
    try:
        return auth.get_user(request)
    finally:
        _owner.reset(token)


def _remember(person: User, permissions: str) -> None:
    """Where Django looks for the permissions of a person. A superuser has all of them, whatever the rows say."""
    if not person.is_superuser:
        person._perm_cache = set(permissions.split())  # type: ignore[attr-defined]  # of Django’s ModelBackend


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
