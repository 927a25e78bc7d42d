"""Changes made in the Django admin, each with its record in the same transaction."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import models
from django.db.models import QuerySet
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from trustcenter.audit.actions import Action
from trustcenter.audit.changes import Change, change
from trustcenter.audit.facts import Answering
from trustcenter.audit.text import digest

# As much of a text as a record keeps of what it said before and says now.
LONGEST = 500


class FreshForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's class takes no argument at run time
    """Refuses a page that is older than the last change of its row: it would undo that change without a word."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        values = {} if self.instance._state.adding else model_to_dict(self.instance, fields=self.fields)
        self._now = digest(repr(sorted((name, _plain(value)) for name, value in values.items())))

    @property
    def seen(self) -> str:
        """What the row said when its page was opened; the page sends it back."""
        return self.data.get("seen", "") if self.is_bound else self._now

    def clean(self) -> dict[str, Any] | None:
        if not self.instance._state.adding and self.seen != self._now:
            raise forms.ValidationError(
                _("Somebody has changed this since you opened the page. Nothing was saved. Open it again.")
            )
        return super().clean()


class RecordedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's class takes no argument at run time
    """Every addition, change and removal is recorded, or rolled back."""

    form = FreshForm
    change_form_template = "admin/recorded.html"

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """The slug, an address, comes after the words that readers see."""
        return sorted(super().get_fields(request, obj), key=lambda field: field == "slug")

    # Each of Django's views that write is one change: its own transaction becomes a savepoint in it.

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._in_a_change(request, lambda: super(RecordedAdmin, self).changeform_view(request, *args, **kwargs))

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._in_a_change(request, lambda: super(RecordedAdmin, self).delete_view(request, *args, **kwargs))

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._in_a_change(request, lambda: super(RecordedAdmin, self).changelist_view(request, *args, **kwargs))

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        found = super().get_object(request, *args, **kwargs)
        if found is None or request.method != "POST":
            return found
        # Two people who save one row at once: the second finds what the first has changed.
        return type(found)._default_manager.select_for_update(no_key=True).filter(pk=found.pk).first()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Saves the rows that a page shows inside another one, each with its own record about the outer row."""
        super().save_formset(request, form, formset, change)
        for row in formset.new_objects:
            self._record(request, Action.CONTENT_ADDED, row, about=form.instance)
        before = {inner.instance.pk: inner for inner in formset.initial_forms}
        for row, fields in formset.changed_objects:
            changes = _changes(before[row.pk])
            self._record(
                request, Action.CONTENT_CHANGED, row, about=form.instance, fields=sorted(fields), changes=changes
            )
        for row in formset.deleted_objects:
            self._record(request, Action.CONTENT_REMOVED, row, about=form.instance)

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        self._record(request, Action.CONTENT_ADDED, obj)
        return super().log_addition(request, obj, message)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        # The form knows what the row said before; `log_change` gets only the names of the fields.
        request.admin_changes = [] if add else _changes(form)  # type: ignore[attr-defined]  # carried to log_change
        return super().construct_change_message(request, form, formsets, add)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        # Nothing was changed, or only rows inside it, which have their own records.
        if fields := _fields(message):
            changes = getattr(request, "admin_changes", [])
            self._record(request, Action.CONTENT_CHANGED, obj, fields=sorted(fields), changes=changes)
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

    def _record(
        self, request: HttpRequest, action: Action, obj: models.Model, about: models.Model | None = None, **words: Any
    ) -> None:
        change = self.change_of(request)
        if isinstance(obj, Answering):
            change.removed(obj) if action == Action.CONTENT_REMOVED else change.changed([obj])
        name = f"{obj} ({about})" if about else str(obj)
        change.record(action, subject=about or obj, kind=obj._meta.model_name, name=name, **words)


def _fields(message: Any) -> set[str]:
    """The names of the row's own fields that a form of the admin has changed, from what Django notes about it."""
    parts = message if isinstance(message, list) else []
    # What is noted with a name is about a row inside this one.
    return {field for part in parts for said in part.values() if "name" not in said for field in said.get("fields", ())}


def _changes(form: Any) -> list[dict[str, str]]:
    """What each changed field of a form said before and says now, as the audit log keeps it."""
    return [
        {
            "field": str(form.fields[name].label or name),
            "from": _shown(form.fields[name], form.get_initial_for_field(form.fields[name], name)),
            "to": _shown(form.fields[name], form.cleaned_data.get(name)),
        }
        for name in form.changed_data
        if name in form.fields
    ]


def _shown(field: Any, value: Any) -> str:
    """A value as text: rows and choices by their names. Long texts are cut, because nothing is deleted from the log."""
    several = value if isinstance(value, QuerySet | list | tuple) else [] if value is None else [value]
    if isinstance(field, forms.ModelChoiceField):
        rows = field.queryset.filter(pk__in=[getattr(one, "pk", one) for one in several]) if field.queryset else []
        text = ", ".join(map(str, rows))
    else:
        choices: Any = field.choices if isinstance(field, forms.ChoiceField) else ()
        labels = dict(choices)
        text = ", ".join(str(labels.get(one, one)) for one in several)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _plain(value: Any) -> list[str]:
    """The value of a field as it can be compared: linked rows by their keys."""
    return sorted(str(getattr(one, "pk", one)) for one in (value if isinstance(value, list) else [value]))
