from collections.abc import Callable
from functools import wraps
from typing import Any

import allauth.account.admin  # for what it registers, as the next two
import allauth.mfa.admin  # noqa: F401
import django.contrib.auth.admin  # noqa: F401
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import models
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _

from trustcenter.accounts.models import Company, User
from trustcenter.audit import words
from trustcenter.audit.actions import Action
from trustcenter.audit.admin import RecordedAdmin

admin.site.site_header = admin.site.site_title = _("Trust center")
# The admin has no login form of its own, so there is one way to sign in.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # the way that allauth documents


def _without_nul(view: Callable[..., Any]) -> Callable[..., Any]:
    """404 for an address with a NUL in it: it names nothing, and PostgreSQL would fail instead of finding nothing."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if any("\0" in text for text in [request.path, *request.GET.values()]):
            raise Http404
        return view(request, *args, **kwargs)

    return checked


_admin_view = admin.site.admin_view


def _checked_view(view: Any, cacheable: bool = False) -> Any:
    return _without_nul(_admin_view(view, cacheable))


# Every view of every model goes through it.
admin.site.admin_view = _checked_view  # type: ignore[method-assign]  # as the login above

# Roles are defined in code; addresses and second factors belong to their owners. Their admin modules are imported
# above, because Django would import them after this one, and a superuser could give anyone another address or factor.
admin.site.unregister([Group, EmailAddress, Authenticator])

words.register("account", {"open": _("open"), "closed": _("closed")})


@admin.register(User)
class UserAdmin(RecordedAdmin):
    """Changes names and companies. Roles, accounts and second factors are changed at the desk, under People."""

    list_display = ["email", "name", "company", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active", "groups"]
    list_select_related = ["company"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "company", "is_active", "is_staff", "groups", "last_login", "created_at"]
    readonly_fields = ["email", "is_active", "is_staff", "groups", "last_login", "created_at"]
    raw_id_fields = ["company"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        # Records what the account may do now, not which boxes were ticked.
        assert isinstance(obj, User)
        self.change_of(request).record(
            Action.ACCOUNT_CHANGED,
            subject=obj,
            changed=User.answering().filter(pk=obj.pk),
            person=obj,
            account="open" if obj.is_active else "closed",
            roles=sorted(obj.groups.values_list("name", flat=True)),
        )
        return admin.ModelAdmin.log_change(self, request, obj, message)


@admin.register(Company)
class CompanyAdmin(RecordedAdmin):
    """Only finds a company for the page of a person. Companies are changed at the desk."""

    list_display = ["legal_name", "confirmed_at", "created_at"]
    search_fields = ["legal_name", "domains__domain"]
    fields = ["legal_name", "confirmed_at", "confirmed_by", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Company | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Company | None = None) -> bool:
        return False
