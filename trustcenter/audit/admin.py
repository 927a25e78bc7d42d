"""Changes made in the Django admin, told by the log in the transaction of the change."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from trustcenter.audit.actions import Action
from trustcenter.audit.log import record


class RecordedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's class takes no argument at run time
    """Every addition, change and removal leaves its sentence in the log, or does not happen."""

    # Django calls these two last in the transaction of its form, after the rows that belong to the object.

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        entry = super().log_addition(request, obj, message)
        self._record(request, obj, entry.get_change_message())
        return entry

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        entry = super().log_change(request, obj, message)
        self._record(request, obj, entry.get_change_message())
        return entry

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        with transaction.atomic():
            pk = obj.pk
            super().delete_model(request, obj)
            obj.pk = pk
            self._record(request, obj, _("Removed."))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        # The list's own action has no transaction, and would remove rows without a word.
        with transaction.atomic():
            for obj in queryset:
                self.delete_model(request, obj)

    def _record(self, request: HttpRequest, obj: models.Model, words: str) -> None:
        what = f"{obj._meta.verbose_name} “{obj}”: {words}"
        record(Action.CONTENT_CHANGED, actor=request.user, subject=obj, what=what)  # type: ignore[arg-type]  # staff only
