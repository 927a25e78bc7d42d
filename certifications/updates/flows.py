"""The steps of an editor on posts, and on the timeline of an incident."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.text import slugify

from certifications import recorded
from certifications.models import Announcement, Certification, IncidentEntry, Product, Update, UpdateSchedule
from certifications.models.updates import RESERVED
from certifications.public_sections import UPDATES
from certifications.subscribing.tasks import mail_update
from certifications.updates.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts import checked
from trustcenter.accounts.models import User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action
from trustcenter.audit.text import digest


def seen(update: Update) -> str:
    """What a post says, as the editor's page sends it back; "" for a new one."""
    if update._state.adding:
        return ""
    return digest(json.dumps(UPDATES.table_of(update), cls=DjangoJSONEncoder))[:16]


def write(
    update: Update,
    *,
    products: Iterable[Product],
    certifications: Iterable[Certification],
    saw: str,
    by: User,
) -> Update:
    """Saves a post that somebody has written or corrected. One that is published says so at once.

    `saw` is what it said when they opened it. Raises FlowError if it says something else by now.
    """
    is_new = update._state.adding
    permit(by, "add" if is_new else "change")
    with audit.change(by=by) as change:
        before = None if is_new else locked(update)
        if before is None:
            update.slug = _free_slug(update.title)
            _save(update, products, certifications)
            change.record(Action.CONTENT_ADDED, subject=update, kind="update", name=update.title)
            return update
        if seen(before) != saw:
            raise FlowError(Refusal.OTHER_UPDATE)
        # A date was for what the draft said before.
        UpdateSchedule.objects.filter(update=before).delete()
        has_course = before.timeline.exists() or before.clocks.exists()
        if has_course and not update.is_incident:
            raise FlowError(Refusal.HAS_TIMELINE)
        said = UPDATES.table_of(before)
        update.slug, update.published_at, update.edited_at = before.slug, before.published_at, before.edited_at
        _save(update, products, certifications)
        now = UPDATES.table_of(update)
        if changes := recorded.changed(UPDATES, said, now):
            # A translation changes nothing of what the post says.
            if before.is_published and said | {"translations": None} != now | {"translations": None}:
                update.edited_at = change.at
                update.save(update_fields=["edited_at"])
            change.record(Action.CONTENT_CHANGED, subject=update, kind="update", name=update.title, **changes)
    return update


def publish(update: Update, *, saw: str, by: User, tell: bool = False) -> None:
    """Shows a draft to its readers, and tells subscribers if `tell` says so.

    Raises FlowError, also for an incident that does not say how it stands.
    """
    permit(by, "change")
    with audit.change(by=by) as change:
        found = locked(update)
        must_be_ready(found, saw)
        make_public(change, found, tell=tell)


def must_be_ready(update: Update, saw: str) -> None:
    """Whether a draft may be published, now or by the clock. Raises FlowError."""
    if update.published_at is not None:
        raise FlowError(Refusal.ALREADY_PUBLISHED)
    if seen(update) != saw:
        raise FlowError(Refusal.OTHER_UPDATE)
    if update.is_incident and not update.timeline.exists():
        raise FlowError(Refusal.NO_ENTRY)


def make_public(change: Change, update: Update, *, tell: bool, scheduled_by: User | None = None) -> None:
    """Publishes a draft in the caller's change, which has locked it."""
    UpdateSchedule.objects.filter(update=update).delete()
    update.published_at = change.at
    update.save(update_fields=["published_at"])
    about: dict[str, Any] = {"name": update.title, "category": update.category, "level": update.level}
    if scheduled_by is not None:
        about["scheduled_by"] = scheduled_by
    change.record(Action.UPDATE_PUBLISHED, subject=update, **about)
    if tell:
        _announce(change, update)


def announce(update: Update, *, by: User) -> None:
    """Tells subscribers about a post that is published already. Raises FlowError."""
    permit(by, "change")
    with audit.change(by=by) as change:
        found = locked(update)
        if not found.is_published:
            raise FlowError(Refusal.NOT_PUBLISHED)
        if Announcement.objects.filter(update=found, entry=None).exists():
            raise FlowError(Refusal.ANNOUNCED)
        _announce(change, found)


def remove(update: Update, *, by: User) -> None:
    """Removes a draft. What was published stays."""
    permit(by, "delete")
    with audit.change(by=by) as change:
        found = locked(update)
        if found.published_at is not None or found.clocks.exists():
            raise FlowError(Refusal.PUBLISHED)
        change.record(Action.CONTENT_REMOVED, subject=found, kind="update", name=found.title)
        found.delete()


def add_entry(
    update: Update, *, status: IncidentEntry.Status, at: datetime, text: str, by: User, tell: bool = False
) -> IncidentEntry:
    """Writes the next entry of an incident's timeline. It cannot be changed later.

    With `tell`, subscribers are told about it if the incident is published. Raises FlowError.
    """
    permit(by, "change")
    with audit.change(by=by) as change:
        text = checked.lines(text)
        found = locked(update)
        if not found.is_incident or found.started_at is None:
            raise FlowError(Refusal.NO_INCIDENT)
        if at > change.at:
            raise FlowError(Refusal.NOT_YET)
        if at < found.started_at:
            raise FlowError(Refusal.BEFORE_START)
        if found.timeline.filter(at=at).exists():
            raise FlowError(Refusal.SAME_TIME)
        number = found.timeline.count() + 1
        entry = IncidentEntry.objects.create(
            slug=f"{found.slug}-{number}", update=found, status=status, at=at, text=text
        )
        if found.is_published:
            found.edited_at = change.at
            found.save(update_fields=["edited_at"])
        change.record(
            Action.INCIDENT_CONTINUED, subject=found, name=found.title, incident_status=status.value, at=at.isoformat()
        )
        if tell and found.is_published:
            _announce(change, found, entry)
    return entry


def _announce(change: Change, update: Update, entry: IncidentEntry | None = None) -> None:
    # The mails themselves are made by a task, however many there are.
    announced = Announcement.objects.create(update=update, entry=entry, at=change.at)
    change.record(Action.UPDATE_ANNOUNCED, subject=update, name=update.title)
    change.task(mail_update, announced.pk)


def _save(update: Update, products: Iterable[Product], certifications: Iterable[Certification]) -> None:
    update.save()
    update.products.set(products)
    update.certifications.set(certifications)


def permit(by: User, verb: str) -> None:
    if not by.has_perm(f"certifications.{verb}_update"):
        raise FlowError(Refusal.NOT_WRITER)


def locked(update: Update) -> Update:
    found = Update.objects.select_for_update(no_key=True).filter(pk=update.pk).first()
    if found is None:
        raise FlowError(Refusal.UPDATE_GONE)
    return found


def _free_slug(title: str) -> str:
    """An address made from the title, which no other post has."""
    stem = slugify(title)[:70].strip("-") or "post"
    taken = {*RESERVED, *Update.objects.filter(slug__startswith=stem).values_list("slug", flat=True)}
    return next(slug for slug in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)
