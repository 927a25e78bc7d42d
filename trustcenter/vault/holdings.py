"""Which rows own which stored files. A holding is a row and the field that refers to a stored file."""

from collections.abc import Iterator

from django.db import models
from django.db.models import ForeignObjectRel, QuerySet

from trustcenter.vault.models import StoredFile


def binding(owner: models.Model, field: str, id: str) -> bytes:
    """The associated data of a file and of its wrapped key, which binds both to the row and field that own the file."""
    return f"{owner._meta.label_lower}:{owner.pk}:{field}:{id}".encode()


def holdings(files: QuerySet[StoredFile] | None = None) -> Iterator[tuple[models.Model, str]]:
    """Every row that owns one of `files` (by default, any file), and the field that refers to it."""
    for model, field in references():
        owners = model._default_manager.filter(**{f"{field}__isnull": False})
        if files is not None:
            owners = owners.filter(**{f"{field}__in": files})
        for owner in owners.select_related(field).order_by("pk").iterator(chunk_size=500):
            yield owner, field


def unowned() -> QuerySet[StoredFile]:
    """Stored files that no row refers to."""
    files = StoredFile.objects.all()
    for model, field in references():
        # With a NULL in the list, SQL answers that no row is outside of it.
        owned = model._default_manager.filter(**{f"{field}__isnull": False}).values(field)
        files = files.exclude(pk__in=owned)
    return files


def references() -> list[tuple[type[models.Model], str]]:
    """Every model and field that refers to stored files."""
    fields = StoredFile._meta.get_fields(include_hidden=True)
    references = [field.field for field in fields if isinstance(field, ForeignObjectRel)]
    found = [(reference.model, reference.name) for reference in references]
    return sorted(found, key=lambda pair: (pair[0]._meta.label, pair[1]))
