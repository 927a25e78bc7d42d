"""The forms of the requester's pages."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from documents.models import Document, DocumentVersion
from ndaflow.agreements.models import Agreement
from ndaflow.agreements.papers.models import LONGEST_NOTE, Paper
from ndaflow.agreements.papers.uploads import MOST, PaperForm
from ndaflow.requests import countries
from ndaflow.requests.models import LONGEST_TEXT
from trustcenter.accounts.fields import AddressField, NameField
from trustcenter.accounts.forms import WhoForm
from trustcenter.web.fields import LongText
from trustcenter.web.templatetags.writing import file_size

# For how many days somebody can ask. The level says how many they get at most.
DURATIONS = (30, 90, 180, 365)


def _countries() -> list[tuple[str, object]]:
    return countries.choices(_("Prefer not to say"))


def _durations() -> list[tuple[object, object]]:
    return [("", _("The usual time")), *((n, _("%(n)s days") % {"n": n}) for n in DURATIONS)]


class AskForm(WhoForm):
    """What a visitor fills in to request documents."""

    field_order = ("documents", "email", "name", "company_name")

    documents = forms.ModelMultipleChoiceField(
        queryset=Document.objects.filter(level__is_public=False, versions__state=DocumentVersion.State.CURRENT)
        .select_related("level")
        .prefetch_related("versions"),
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        label=_("Documents"),
        error_messages={"required": _("Choose at least one document.")},
    )
    reason = LongText(
        label=_("What do you need them for?"),
        max_length=LONGEST_TEXT,
        help_text=_("One or two sentences are enough."),
        error_messages={"required": _("Say in a sentence what you need the documents for.")},
    )

    # The code of the share link from which the visitor came. Whatever is not one counts for nothing.
    came_from = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    country = forms.ChoiceField(label=_("Country of your company"), required=False, choices=_countries)
    days_wanted = forms.TypedChoiceField(
        label=_("How long do you need access?"), required=False, choices=_durations, coerce=int, empty_value=None
    )


class ForwardForm(forms.Form):
    """The colleague who may sign."""

    email = AddressField(
        label=_("Work e-mail of your colleague"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the address of a colleague who may sign.")},
    )


class TakeOverForm(forms.Form):
    """Who takes a request over."""

    name = NameField()


class AnswerForm(forms.Form):
    """The requester's answer to our question."""

    text = LongText(
        label=_("Your answer"), max_length=LONGEST_TEXT, error_messages={"required": _("Please write an answer.")}
    )


class UploadPaperForm(PaperForm):
    """A paper in place of a signature: our text with changes, or a text of the requester's company."""

    agreement = forms.ChoiceField(label=_("For"))
    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=[
            (Paper.Kind.REDLINE.value, _("The text on this site, with changes")),
            (Paper.Kind.THEIRS.value, _("An agreement of my company")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the paper is.")},
    )
    note = LongText(
        label=_("What should we know?"),
        required=False,
        max_length=LONGEST_NOTE,
        help_text=_("For example: which sections you changed, and why."),
    )

    field_order = ("agreement", "kind", "file", "note")

    def __init__(self, *args: Any, agreements: Sequence[Agreement], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._agreements = {one.slug: one for one in agreements}
        about = gettext("A PDF of at most %(most)s, without a password. Sign it first if your company signs on paper.")
        self.fields["file"].help_text = about % {"most": file_size(MOST)}
        field = self.fields["agreement"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one.slug, one.title) for one in agreements]
        if len(agreements) == 1:
            field.widget, field.initial = forms.HiddenInput(), agreements[0].slug

    @property
    def chosen(self) -> Agreement:
        return self._agreements[self.cleaned_data["agreement"]]
