"""The audit log as a page: every record as a sentence, found by person, kind, day and what it is about."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.apps import apps
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from trustcenter.audit import history, receipts
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Head, Record
from trustcenter.site.log import people
from trustcenter.work.ids import short

PAGE = 50


class FilterForm(forms.Form):
    """The filters of the log. An invalid field shows an error and filters nothing."""

    person = forms.CharField(label=_("Person, by name or e-mail"), max_length=100, required=False)
    action = forms.ChoiceField(
        label=_("Kind of record"),
        choices=lambda: [("", _("Every kind")), *Action.grouped()],
        required=False,
    )
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    subject = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)

    def chosen(self) -> dict[str, Any]:
        """The fields that were filled in and can be read."""
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if value}


@dataclass(frozen=True)
class Line:
    """One record as the page shows it: its sentence, and what it is about in a few words."""

    entry: history.Entry
    about: str

    @property
    def changes(self) -> Any:
        """What each field of public content said before and says now."""
        return self.entry.detail.get("changes", [])

    @property
    def despite(self) -> str:
        """Why somebody approved despite warnings."""
        return self.entry.detail.get("despite", "")


@require_GET
@permission_required("audit.view_record", raise_exception=True)
def audit_log(request: HttpRequest) -> HttpResponse:
    """The log, newest first."""
    form = FilterForm(request.GET)
    chosen = form.chosen()
    page = Paginator(_records(chosen), PAGE).get_page(request.GET.get("page"))
    size, signed = Head.objects.filter(id=1).values_list("size", flat=True).first() or 0, receipts.newest()
    erasers = people.named(row.actor for row in page if row.action == Action.LOG_ERASED)
    names = {model._meta.model_name: model._meta.verbose_name for model in apps.get_models()}
    return render(
        request,
        "desk/audit.html",
        {
            "page": page,
            "lines": [
                Line(entry, _about(entry.subject, names)) for entry in (history.entry(row, erasers) for row in page)
            ],
            "form": form,
            "filtered": bool(chosen),
            "size": size,
            "signed": signed,
            "late": receipts.is_late(signed.size if signed else 0),
            "refusals": f"?action={Action.LOG_CHECKPOINT_REFUSED}",
        },
    )


def _records(chosen: dict[str, Any]) -> QuerySet[Record]:
    found = Record.objects.select_related("detail").order_by("-number")
    if "person" in chosen:
        found = found.filter(people.about(chosen["person"]))
    if "action" in chosen:
        found = found.filter(action=chosen["action"])
    if "subject" in chosen:
        found = found.filter(subject=chosen["subject"])
    if "since" in chosen:
        found = found.filter(at__gte=datetime.combine(chosen["since"], time.min, UTC))
    if "until" in chosen:
        # The whole last day counts.
        found = found.filter(at__lte=datetime.combine(chosen["until"], time.max, UTC))
    return found


def _about(subject: str, names: dict[str | None, Any]) -> str:
    """`accessrequest:7f3k2q…` as "access request 7F3K-2Q"."""
    model, _colon, pk = subject.partition(":")
    return f"{names.get(model, model)} {short(pk) if len(pk) > 6 else pk}" if subject else ""
