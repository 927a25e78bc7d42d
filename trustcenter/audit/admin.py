"""Changes made in the Django admin, each with its record in the same transaction."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from trustcenter.audit.actions import Action
from trustcenter.audit.changes import Change, change
from trustcenter.audit.facts import Answering


class RecordedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's class takes no argument at run time
    """Every addition, change and removal leaves its record, or does not happen."""

    # Each of Django's views that write is one change: its own transaction becomes a savepoint in it.

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._in_a_change(request, lambda: super(RecordedAdmin, self).changeform_view(request, *args, **kwargs))

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._in_a_change(request, lambda: super(RecordedAdmin, self).delete_view(request, *args, **kwargs))

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._in_a_change(request, lambda: super(RecordedAdmin, self).changelist_view(request, *args, **kwargs))

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        self._record(request, Action.CONTENT_ADDED, obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        self._record(request, Action.CONTENT_CHANGED, obj, fields=sorted(_fields(message)))
        return super().log_change(request, obj, message)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        self._record(request, Action.CONTENT_REMOVED, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    def _in_a_change(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        if request.method != "POST":
            return view()
        with change(by=request.user) as made:  # type: ignore[arg-type]  # the admin lets nobody else in
            request.admin_change = made  # type: ignore[attr-defined]  # carried to the hooks below
            return view()

    def change_of(self, request: HttpRequest) -> Change:
        """The change that the request makes."""
        made: Change = request.admin_change  # type: ignore[attr-defined]  # set by _in_a_change
        return made

    def _record(self, request: HttpRequest, action: Action, obj: models.Model, **words: Any) -> None:
        change = self.change_of(request)
        if isinstance(obj, Answering):
            change.removed(obj) if action == Action.CONTENT_REMOVED else change.changed([obj])
        change.record(action, subject=obj, kind=obj._meta.model_name, name=str(obj), **words)


def _fields(message: Any) -> set[str]:
    """The names of the fields that a form of the admin has changed, from what Django notes about it."""
    parts = message if isinstance(message, list) else []
    return {field for part in parts for said in part.values() for field in said.get("fields", ())}
