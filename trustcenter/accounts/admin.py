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
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from trustcenter.accounts.models import Company, CompanyDomain, User
from trustcenter.audit import words
from trustcenter.audit.actions import Action
from trustcenter.audit.admin import RecordedAdmin

admin.site.site_header = admin.site.site_title = _("Trust center")
# The admin has no login form of its own, so there is one way to sign in.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # the way that allauth documents

# Roles are defined in code; addresses and second factors belong to their owners. Their admin modules are imported
# above, because Django would import them after this one, and a superuser could give anyone another address or factor.
admin.site.unregister([Group, EmailAddress, Authenticator])

words.register("account", {"open": _("open"), "closed": _("closed")})
words.register("kind", {"companydomain": _("mail domain")})


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


class DomainInline(admin.TabularInline):  # type: ignore[type-arg]  # Django's class takes no argument at run time
    model = CompanyDomain
    extra = 0


@admin.register(Company)
class CompanyAdmin(RecordedAdmin):
    list_display = ["legal_name", "confirmed_at", "created_at"]
    readonly_fields = ["confirmed_at", "confirmed_by"]
    search_fields = ["legal_name", "domains__domain"]
    inlines = [DomainInline]

    def save_model(self, request: HttpRequest, obj: Company, form: Any, change: bool) -> None:
        if "legal_name" in form.changed_data:
            # Nobody has confirmed this name.
            obj.confirmed_at = obj.confirmed_by = None
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.has_changed():
            # The domains have records of their own, and are facts of the company.
            self.change_of(request).changed(Company.answering().filter(pk=form.instance.pk))
