"""What an editor types about a post, an entry of a timeline, and a duty. Times are in UTC."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certifications import evidence, translating
from certifications.models import DutyClock, IncidentEntry, Update
from certifications.updates import readers
from trustcenter.web.fields import Line, LongText

LONGEST_TEXT = 20_000
FORMAT = "%Y-%m-%dT%H:%M"


class Instant(forms.DateTimeField):
    """A minute in UTC."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=FORMAT)
        said = {"required": gettext_lazy("Enter a day and a time.")}
        formats = [FORMAT, "%Y-%m-%d %H:%M"]
        super().__init__(**{"widget": widget, "input_formats": formats, "error_messages": said, **kwargs})

    def to_python(self, value: Any) -> datetime | None:
        found = super().to_python(value)
        return found.replace(tzinfo=UTC) if found else None

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(UTC) if isinstance(value, datetime) else value


class UpdateForm(translating.InLanguages, forms.ModelForm):  # type: ignore[type-arg]  # Django's class takes no argument at run time
    """A post. What only an incident has is refused for any other, so that nothing typed is lost without a word."""

    body = LongText(
        label=gettext_lazy("Text"),
        help_text=Update._meta.get_field("body").help_text,
        max_length=LONGEST_TEXT,
        error_messages={"required": gettext_lazy("Enter the text.")},
        widget=forms.Textarea(attrs={"rows": 9}),
    )
    level = forms.ChoiceField(label=gettext_lazy("Readers"), required=False)
    documents = forms.MultipleChoiceField(
        label=gettext_lazy("About these documents"),
        choices=evidence.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    started_at = Instant(label=gettext_lazy("Began at (UTC)"), required=False)
    saw = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Update
        fields = (
            *("category", "title", "body", "level", "started_at", "impact", "data"),
            *("products", "certifications", "documents"),
        )
        widgets = {"products": forms.CheckboxSelectMultiple, "certifications": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_languages(Update)
        self.initial.update(translating.said(self.instance.translations))
        category: Any = self.fields["category"]
        category.choices = [("", _("Choose a category")), *Update.Category.choices]
        category.error_messages["required"] = _("Choose a category.")
        self.fields["title"].error_messages["required"] = _("Enter a title.")
        levels: Any = self.fields["level"]
        levels.choices = [("", _("Everyone")), *((slug, _for(name)) for slug, name in readers.levels().items())]
        certifications: Any = self.fields["certifications"]
        certifications.queryset = certifications.queryset.select_related("framework")

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        self.instance.translations = translating.texts(Update, data)
        is_incident = data.get("category") == Update.Category.INCIDENT
        began = data.get("started_at")
        if is_incident and "started_at" not in self.errors:
            if began is None:
                self.add_error("started_at", _("Enter when the incident began."))
            elif began > timezone.now():
                self.add_error("started_at", _("This time is in the future. Enter it in UTC."))
        for name in () if is_incident else ("started_at", "impact", "data"):
            if data.get(name):
                self.add_error(name, _("Only an incident has this. Choose the category Incidents, or leave it empty."))
        return data


def _for(level: str) -> str:
    return _("Readers of documents: %(level)s") % {"level": level}


class ScheduleForm(forms.Form):
    """When the clock publishes a draft."""

    publish_at = Instant(label=gettext_lazy("Publish at (UTC)"))


class EntryForm(forms.Form):
    """The next entry of a timeline."""

    status = forms.ChoiceField(
        label=gettext_lazy("Status"),
        choices=IncidentEntry.Status,
        error_messages={"required": gettext_lazy("Choose a status.")},
    )
    at = Instant(label=gettext_lazy("Time (UTC)"))
    text = LongText(
        label=gettext_lazy("What happened"),
        max_length=2000,
        error_messages={"required": gettext_lazy("Enter what happened.")},
    )
    tell = forms.BooleanField(label=gettext_lazy("Tell subscribers by e-mail"), required=False)


class ClockForm(forms.Form):
    """A duty, and the event from which its time runs."""

    duty = forms.ChoiceField(
        label=gettext_lazy("Duty"),
        choices=DutyClock.Duty,
        error_messages={"required": gettext_lazy("Choose a duty.")},
    )
    at = Instant(label=gettext_lazy("The event happened at (UTC)"))
    contract = Line(
        label=gettext_lazy("Contract"), required=False, max_length=100, help_text=gettext_lazy("For customers only.")
    )
    hours = forms.IntegerField(
        label=gettext_lazy("Hours"),
        required=False,
        min_value=1,
        max_value=60 * 24,
        help_text=gettext_lazy("For customers only: as the contract says."),
    )


class MeetForm(forms.Form):
    """When somebody was told."""

    at = Instant(label=gettext_lazy("Told at (UTC)"))
