"""The steps on the operator's brand. What is shown is part of the company's draft (certifications/editing)."""

from certifications.models import BrandImage
from trustcenter.audit import Change
from trustcenter.audit.actions import Action


def keep(change: Change, image: BrandImage) -> None:
    """Keeps an uploaded picture, for the draft that names it. The same one is kept once."""
    if not BrandImage.objects.filter(pk=image.pk).exists():
        BrandImage.objects.bulk_create([image], ignore_conflicts=True)
        change.record(Action.PICTURE_UPLOADED, kind=image.kind, sha256=image.sha256)
