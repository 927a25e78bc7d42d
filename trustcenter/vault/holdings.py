"""What the vault holds, seen from the rows that own it: every reference to a stored file is a holding."""

from collections.abc import Iterator

from django.db import models
from django.db.models import ForeignObjectRel, QuerySet

from trustcenter.vault.models import StoredFile


def binding(owner: models.Model, field: str, id: str) -> bytes:
    """What ties the bytes to their place: the associated data of the file and of its wrapped key."""
    return f"{owner._meta.label_lower}:{owner.pk}:{field}:{id}".encode()


def holdings(files: QuerySet[StoredFile] | None = None) -> Iterator[tuple[models.Model, str]]:
    """Every row that owns one of `files` (of all, without), and the field in which it does."""
    for model, field in _references():
        owners = model._default_manager.filter(**{f"{field}__isnull": False})
        if files is not None:
            owners = owners.filter(**{f"{field}__in": files})
        for owner in owners.select_related(field).order_by("pk").iterator(chunk_size=500):
            yield owner, field


def unowned() -> QuerySet[StoredFile]:
    """Stored files that no row refers to."""
    files = StoredFile.objects.all()
    for model, field in _references():
        # A NULL in the list would make the database answer that nothing is outside of it.
        owned = model._default_manager.filter(**{f"{field}__isnull": False}).values(field)
        files = files.exclude(pk__in=owned)
    return files


def _references() -> list[tuple[type[models.Model], str]]:
    fields = StoredFile._meta.get_fields(include_hidden=True)
    references = [field.field for field in fields if isinstance(field, ForeignObjectRel)]
    found = [(reference.model, reference.name) for reference in references]
    return sorted(found, key=lambda pair: (pair[0]._meta.label, pair[1]))
