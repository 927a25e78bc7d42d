"""What a change of a post changes for its readers, and what it said before, as far as it was public."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from certifications import translating
from certifications.editing import difference, earlier, kinds
from certifications.models import Certification, PostureRevision, Product, Update
from certifications.public_sections import UPDATES
from certifications.updates import flows, readers
from certifications.updates.forms import FORMAT, UpdateForm
from trustcenter.audit.text import canonical, digest

PART = UPDATES.name


def revisions(update: Update) -> list[earlier.Earlier]:
    """The revisions of the public content that changed the post. What only readers of a level got is in none."""
    return earlier.revisions(PART, update.slug)


def form_of(update: Update, number: int) -> UpdateForm | None:
    """A form that holds what the post said in a revision, as if somebody had typed it; None if it is not in it.

    For whom the post is stays as it is: going back to a text shows it to nobody else.
    """
    revision = PostureRevision.objects.filter(number=number).first()
    said = earlier.table_in(revision, PART, update.slug) if revision else {}
    if not said:
        return None
    named: dict[str, QuerySet[Any]] = {
        "products": Product.objects.all(),
        "certifications": Certification.objects.all(),
    }
    data: dict[str, Any] = {
        name: said.get(name) or "" for name in UpdateForm.Meta.fields if name not in {*named, "documents"}
    }
    for name, rows in named.items():
        data[name] = [str(row.pk) for row in rows.filter(slug__in=said.get(name, ()))]
    if data["started_at"]:
        data["started_at"] = datetime.fromisoformat(data["started_at"]).astimezone(UTC).strftime(FORMAT)
    known = dict(UpdateForm.base_fields["documents"].choices)  # type: ignore[attr-defined]  # of a choice field
    data["documents"] = [slug for slug in said.get("documents", ()) if slug in known]
    # No revision has the translations, so they stay as they are.
    data |= translating.said(update.translations)
    data |= {"level": update.level, "saw": flows.seen(update)}
    return UpdateForm(data, instance=update)


def changes(update: Update, form: UpdateForm) -> list[difference.Field]:
    """What a valid form changes in the post, field by field."""
    return difference.of(PART, _in_words(kinds.plain(UPDATES.table_of(update))), _in_words(_typed(form)))


def looked_at(form: UpdateForm) -> str:
    """What a valid form says, as the page that showed its difference sends it back."""
    return digest(canonical(_typed(form)))[:16]


def _typed(form: UpdateForm) -> dict[str, Any]:
    table = UPDATES.table_of(form.instance)
    for name in ("products", "certifications"):
        table[name] = [one.slug for one in form.cleaned_data[name]]
    return kinds.plain({key: value for key, value in table.items() if value or key not in UPDATES.optional})


def _in_words(table: dict[str, Any]) -> dict[str, Any]:
    """A table with the name of the level that it is for."""
    level = table.get("level", "")
    return table | {"level": readers.levels().get(level, level) or _("Everyone")}
