"""The steps on the operator's brand."""

from django.utils.translation import gettext_lazy

from certifications.models import BrandImage, Profile
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action

LABELS = {"name": gettext_lazy("name"), "headline": gettext_lazy("headline"), "colour": gettext_lazy("color")}


def show(image: BrandImage, *, by: User) -> None:
    """Puts a picture in the place of the one before."""
    with audit.change(by=by) as change:
        known = BrandImage.objects.filter(pk=image.pk).exists()
        image.save(force_insert=not known, force_update=known)
        _name(image.kind, image.name)
        change.public_content_changed = True
        change.record(Action.BRAND_CHANGED, kind=image.kind, sha256=image.sha256)


def remove(kind: BrandImage.Kind, *, by: User) -> None:
    """Takes a picture away. Nothing happens if there is none."""
    with audit.change(by=by) as change:
        if not BrandImage.objects.filter(pk=kind).delete()[0]:
            return
        _name(kind, "")
        change.public_content_changed = True
        change.record(Action.BRAND_REMOVED, kind=kind.value)


def set_words(name: str, headline: str, colour: str, *, by: User) -> None:
    """Changes what the site is called, its headline and its colour."""
    with audit.change(by=by) as change:
        profile = Profile.objects.select_for_update(no_key=True).get()
        new = {"name": name, "headline": headline, "colour": colour}
        fields = sorted(key for key, value in new.items() if getattr(profile, key) != value)
        if not fields:
            return
        for key, value in new.items():
            setattr(profile, key, value)
        profile.save(update_fields=fields)
        labels = [str(LABELS[key]) for key in fields]
        change.record(Action.CONTENT_CHANGED, subject=profile, kind="profile", name=profile.name, fields=labels)


def _name(kind: str, name: str) -> None:
    # Pages read the profile anyway; so they know the address without another query.
    Profile.objects.update(**{kind: name})
