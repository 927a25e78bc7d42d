"""The steps on the operator's brand. What is shown is part of the company's draft (certifications/editing)."""

from collections.abc import Iterable

from certifications.models import BrandImage
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import Change
from trustcenter.audit.actions import Action


def keep_all(images: Iterable[BrandImage], *, by: User) -> None:
    """Keeps pictures that came with a form which could not be saved, for the next try."""
    with audit.change(by=by) as change:
        for image in images:
            keep(change, image)


def keep(change: Change, image: BrandImage) -> None:
    """Keeps an uploaded picture, for the draft that names it. The same one is kept once."""
    if not BrandImage.objects.filter(pk=image.pk).exists():
        BrandImage.objects.bulk_create([image], ignore_conflicts=True)
        change.record(Action.PICTURE_UPLOADED, kind=image.kind, sha256=image.sha256)
