from collections.abc import Collection
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certifications import translating
from documents import levels
from documents.models import Level
from documents.models.levels import LONGEST_DAYS, LONGEST_TARGET, MOST_INVITED
from ndaflow.desk.levels import agreements, flows, satisfiable
from ndaflow.desk.levels.refusals import Refusal
from trustcenter.audit.text import canonical, digest


def seen(level: Level) -> str:
    """What a level said when its page was opened; the page sends it back."""
    return digest(canonical({name: getattr(level, name) for name in levels.FIELDS}))


class LevelForm(translating.InLanguages, forms.ModelForm):  # type: ignore[type-arg]  # Django's class takes no argument at run time
    """What a level requires. Of the public level only its name and its sentence."""

    agreements = forms.MultipleChoiceField(
        label=gettext_lazy("Agreements"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("All of them have to cover the reader."),
    )
    approvals = forms.TypedChoiceField(
        label=gettext_lazy("Approvals"),
        coerce=int,
        choices=[(1, gettext_lazy("One person")), (2, gettext_lazy("Two people")), (3, gettext_lazy("Three people"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how many people have to approve.")},
    )
    way = forms.ChoiceField(
        label=gettext_lazy("Shown or downloaded"),
        choices=Level.Way.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose whether readers download the documents.")},
    )

    class Meta:
        model = Level
        fields = tuple(name for name in levels.FIELDS if name != "translations")
        labels = {
            "summary": gettext_lazy("In one sentence"),
            "usual_days": gettext_lazy("Usual duration in days"),
            "longest_days": gettext_lazy("Longest duration in days"),
            "target_hours": gettext_lazy("Response target in business hours"),
            "invitation_days": gettext_lazy("Longest invitation in days"),
            "open_invitations": gettext_lazy("Open invitations of each colleague"),
        }
        help_texts = {
            "name": gettext_lazy("Readers see it beside each document."),
            "summary": gettext_lazy("What readers do and what they get. It is shown on each document’s page."),
            "usual_days": gettext_lazy("What approvers see as the default."),
            "longest_days": gettext_lazy("No approval lasts longer. At most 1,095 days, which is three years."),
            "target_hours": gettext_lazy("How soon a request is to be decided. The form and the e-mails say so."),
            "invitation_days": gettext_lazy(
                "How long an invitation by sales can open its documents. If empty, sales cannot invite to them."
            ),
            "open_invitations": gettext_lazy(
                "How many invitations each colleague in sales may have waiting at a time."
            ),
        }
        error_messages = {
            "name": {"required": gettext_lazy("Enter a name.")},
            "summary": {"required": gettext_lazy("Say in one sentence what readers do and what they get.")},
            "usual_days": {"required": gettext_lazy("Enter a number of days.")},
            "longest_days": {"required": gettext_lazy("Enter a number of days.")},
            "target_hours": {"required": gettext_lazy("Enter a number of hours.")},
        }

    def __init__(self, data: Any = None, *, instance: Level, known: Collection[Level]) -> None:
        # Nothing is preselected for a new level.
        initial = {"approvals": "", "way": ""} if instance._state.adding else {}
        super().__init__(data, instance=instance, initial=initial)
        self.add_languages(Level)
        self.initial.update(translating.said(instance.translations))
        self.known, self.before = known, next((one for one in known if one.pk == instance.pk), None)
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        if instance.is_public:
            for name in set(levels.FIELDS) - set(levels.FIELDS_OF_PUBLIC):
                del self.fields[name]
            return
        offered = agreements.offered(timezone.now())
        # Also one that is required already and has no text yet, so that saving does not drop it silently.
        slugs = dict.fromkeys([*offered, *instance.agreements])
        self.fields["agreements"].choices = [(slug, agreements.title_of(slug, offered)) for slug in slugs]  # type: ignore[attr-defined]  # a choice field
        for name, most in (
            ("usual_days", LONGEST_DAYS),
            ("longest_days", LONGEST_DAYS),
            ("target_hours", LONGEST_TARGET),
            ("invitation_days", LONGEST_DAYS),
            ("open_invitations", MOST_INVITED),
        ):
            self.fields[name].widget.attrs |= {"min": 1, "max": most, "inputmode": "numeric"}

    @property
    def seen(self) -> str:
        return seen(self.before) if self.before else ""

    @property
    def is_stale(self) -> bool:
        """Whether the level has changed since its page was opened."""
        return self.before is not None and self.data.get("seen") != self.seen

    def changes(self) -> list[dict[str, str]]:
        """What each changed field says now and would say then, for the preview."""
        found = []
        for name, field in self.fields.items():
            was, now = (_shown(field, _value(level, name)) for level in (self.before, self.instance))
            if was != now:
                found.append({"label": str(field.label), "was": was, "now": now})
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        usual, longest = data.get("usual_days"), data.get("longest_days")
        if usual and longest and usual > longest:
            self.add_error("usual_days", _("The usual duration is longer than the longest duration."))
        self._check_invitations(data)
        if self.is_stale:
            raise forms.ValidationError(Refusal.OTHER_LEVEL.label)
        return data

    def _check_invitations(self, data: dict[str, Any]) -> None:
        days, most, longest = (data.get(name) for name in ("invitation_days", "open_invitations", "longest_days"))
        if days and longest and days > longest:
            self.add_error("invitation_days", _("An invitation cannot be longer than the longest duration."))
        if days and "open_invitations" not in self.errors and not most:
            self.add_error("open_invitations", _("Say how many invitations a colleague may have waiting."))
        if most and "invitation_days" not in self.errors and not days:
            self.add_error("invitation_days", _("Say for how many days sales may invite, or leave both empty."))

    def _post_clean(self) -> None:
        self.instance.translations = translating.texts(Level, self.cleaned_data)
        super()._post_clean()  # type: ignore[misc]  # Django's hook: the instance has the typed values now
        if flows.is_taken(self.instance, self.known):
            self.add_error("name", str(Refusal.NAME_TAKEN.label))
        if not self.errors:
            for name, obstacle in satisfiable.obstacles(self.instance, timezone.now(), besides=self.before):
                self.add_error(name, str(obstacle))


def _value(level: Level | None, name: str) -> Any:
    """What a field of the form says of a level."""
    in_languages = translating.said(level.translations) if level else {}
    return in_languages.get(name, getattr(level, name, ""))


def _shown(field: Any, value: Any) -> str:
    labels = dict(getattr(field, "choices", ()))
    values = sorted(value) if isinstance(value, list) else [value]
    return ", ".join(str(labels.get(one, one)) for one in values if one is not None)
