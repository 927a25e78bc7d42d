"""The form of one row, made from its section of the content file, whose rules it follows."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.db import models
from django.utils import timezone
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certifications import evidence, translating
from certifications.brand.fields import PictureField, Shown
from certifications.editing import kinds
from certifications.editing.kinds import Table
from certifications.models import BrandImage
from certifications.updates.forms import Instant
from trustcenter.accounts.models import User
from trustcenter.web.fields import LongText

LONGEST = 20_000
# With more choices than these, a list to scroll takes less of the page.
MOST_BOXES = 40
PICTURES = frozenset(BrandImage.Kind.values)
# A text has so many lines in its field: as many as it needs, within these.
LINE, LEAST_LINES, MOST_LINES = 80, 2, 8


class FactForm(translating.InLanguages, forms.Form):
    """One row of the public content. `proposed` is what its fields say first."""

    saw = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, part: str, slug: str, *, public: Table, proposed: Table, saw: str, data: Any = None, files: Any = None
    ) -> None:
        self.part, self.slug, self.public = part, slug, public
        self.section = kinds.PARTS[part].section
        initial = {key: _shown(self.section.field_of(key), value) for key, value in proposed.items()}
        said = translating.said(initial.pop("translations", {}))
        super().__init__(data, files, initial=initial | said | {"saw": saw})
        for key in self.section.keys:
            if key == "translations":
                continue
            if key != "slug":
                self.fields[key] = _field(self.section.field_of(key), key, proposed.get(key))
            elif not slug:
                self.fields["slug"] = forms.CharField(
                    label=_("Last part of its address"),
                    required=False,
                    max_length=self.section.field_of("slug").max_length,
                    help_text=_(
                        "Lower-case letters, digits and hyphens. Made from the name if empty. It cannot be changed later."
                    ),
                )

        self.add_languages(self.section.model)

    @property
    def pictures(self) -> list[BrandImage]:
        """The pictures that were uploaded."""
        return [field.made for field in self.fields.values() if isinstance(field, PictureField) and field.made]

    @property
    def table(self) -> Table:
        """What was typed, as a table of the content file."""
        return kinds.plain(self._table)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not self.slug:
            title = str(data.get(kinds.PARTS[self.part].name) or "")
            self.slug = str(data.get("slug") or slugify(title)[:50].strip("-"))
        self._table = self._typed()
        if "review_by" not in self.errors:
            self._check_review_by(data.get("review_by"))
        _entry, wrong = kinds.read(self.part, self.table, slug=self.slug)
        for key, sentences in wrong.items():
            field = key if key in self.fields else None
            # The address is made of the name: where that is wrong, it alone is said.
            unnamed = key == "slug" and not data.get("slug") and kinds.PARTS[self.part].name in self.errors
            if field not in self.errors and not unnamed:
                for sentence in sentences:
                    self.add_error(field, capfirst(sentence))
        return data

    def _typed(self) -> Table:
        table: Table = {}
        for key in self.section.keys:
            value = self.slug if key == "slug" else self.cleaned_data.get(key)
            if key == "translations":
                value = translating.texts(self.section.model, self.cleaned_data) or None
            if isinstance(self.section.field_of(key), models.JSONField) and isinstance(value, str):
                value = [line.strip() for line in value.splitlines() if line.strip()]
            empty = value in (None, [], "")
            if value is None or (empty and key in self.section.optional):
                continue
            table[key] = value
        return table

    def _check_review_by(self, chosen: date | None) -> None:
        """Takes no new review date that has passed: the page would say so the moment it is public."""
        if chosen and chosen < timezone.localdate() and chosen.isoformat() != self.public.get("review_by"):
            self.add_error(
                "review_by",
                _("This review date has passed. Choose today or a later day, or leave it empty for the usual time."),
            )


class ScheduleForm(forms.Form):
    """When the clock publishes a draft."""

    at = Instant(label=gettext_lazy("Publish at (UTC)"))

    @property
    def instant(self) -> datetime:
        found: datetime = self.cleaned_data["at"]
        return found


def _shown(field: Any, value: Any) -> Any:
    """What a field of the form shows of a value."""
    if field.name in PICTURES:
        return Shown(value)
    return "\n".join(value) if isinstance(field, models.JSONField) and field.name == "plans" else value


def _field(field: Any, key: str, value: Any) -> forms.Field:
    found = _made(field, key, value)
    found.error_messages["required"] = _missing(found) % {"field": found.label}
    if isinstance(found, forms.TypedChoiceField):
        empty = [] if value and found.required else [("", _("Choose") if found.required else "—")]
        found.choices = [*empty, *field.choices]
    return found


def _missing(field: forms.Field) -> str:
    match field:
        case forms.ChoiceField():
            return _("Choose one for “%(field)s”.")
        case forms.DateField():
            return _("Enter a day for “%(field)s”.")
        case _:
            return _("Fill in “%(field)s”.")


def _made(field: Any, key: str, value: Any) -> forms.Field:
    about = {"label": capfirst(field.verbose_name), "help_text": field.help_text, "required": not field.blank}
    if key == "evidence":
        about["help_text"] = _("Visitors see the title and the level, never the file.")
        return _several(evidence.choices(), about, value)
    if key in PICTURES:
        return PictureField(key, **about)
    if key == "owner":
        return forms.ChoiceField(choices=_colleagues(value), **about)
    match field:
        case models.ManyToManyField():
            return _several(_rows(field.related_model), about, value)
        case models.ForeignKey():
            first = [("", "—" if field.blank else _("Choose"))] if field.blank or not value else []
            return forms.ChoiceField(choices=[*first, *_rows(field.related_model)], **about)
        case models.JSONField():
            return LongText(max_length=LONGEST, **(about | {"help_text": _("One per line.")}))
        case models.TextField():
            return LongText(max_length=LONGEST, widget=forms.Textarea(attrs={"rows": _lines(value)}), **about)
        case models.DateField():
            return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **about)
        case _:
            found: forms.Field = field.formfield()
            return found


def _lines(value: Any) -> int:
    return min(MOST_LINES, max(LEAST_LINES, len(str(value or "")) // LINE + 1))


def _several(choices: list[tuple[str, str]], about: dict[str, Any], value: Any) -> forms.Field:
    widget = forms.CheckboxSelectMultiple if len(choices) <= MOST_BOXES else forms.SelectMultiple
    return forms.MultipleChoiceField(choices=choices, widget=widget, **(about | {"required": False}))


def _rows(model: type[models.Model]) -> list[tuple[str, str]]:
    part = next(name for name, one in kinds.PARTS.items() if one.section.model is model)
    return [(row.slug, kinds.name_of(part, row)) for row in kinds.rows(part)]


def _colleagues(value: Any) -> list[tuple[str, str]]:
    """Everyone of the staff, and whom the row names already."""
    staff = User.objects.filter(is_staff=True, is_active=True).order_by("email")
    found = {"": _("Security contact")} | {person.email: str(person) for person in staff}
    return [*({str(value): str(value)} | found if value else found).items()]
