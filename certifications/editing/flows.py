"""The steps of an editor on drafts of the public content, and the clock's."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models
from django.utils import timezone

from certifications import recorded
from certifications.brand import flows as brand
from certifications.editing import applying, kinds, proposed
from certifications.editing.kinds import Table
from certifications.editing.refusals import Refusal
from certifications.editing.state import State, state
from certifications.models import BrandImage, ContentDraft
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action


def save(
    part: str,
    slug: str,
    table: Table,
    *,
    saw: str,
    by: User,
    revision: int | None = None,
    pictures: Iterable[BrandImage] = (),
) -> ContentDraft:
    """Keeps what an editor proposes for a row. A schedule ends, because it was for what the draft said before.

    `pictures` were uploaded with it.

    `saw` is the token of what they saw when they began to type, or "" for a new row. Raises FlowError.
    """
    _permit(by, part, "change" if kinds.row_of(part, slug) else "add")
    table = kinds.plain(table)
    entry, wrong = kinds.read(part, table, slug=slug)
    if wrong and revision is None:
        raise FlowError(Refusal.INVALID, what=kinds.problem(part, table, slug=slug))
    try:
        with audit.change(by=by) as change:
            now = state(part, slug, lock=True)
            if not saw and (now.row is not None or now.draft is not None):
                raise FlowError(Refusal.TAKEN, what=now.name)
            if saw and now.token != saw:
                raise FlowError(Refusal.SAVED_MEANWHILE)
            if table == now.public:
                raise FlowError(Refusal.SAME)
            draft = now.draft or ContentDraft(part=part, slug=slug, base=kinds.digest_of(now.public))
            draft.name = _name(part, table, entry.row)
            draft.table, draft.saved_by, draft.saved_at = table, by, change.at
            draft.publish_at = draft.scheduled_by = None
            draft.stopped = ""
            draft.save()
            for picture in pictures:
                brand.keep(change, picture)
            more: dict[str, Any] = {} if revision is None else {"revision": revision}
            change.record(Action.DRAFT_SAVED, subject=draft, **_about(draft), **more)
    except IntegrityError:
        # Two people began a draft of one new row at once.
        raise FlowError(Refusal.TAKEN, what=slug) from None
    return draft


def publish(part: str, slug: str, *, saw: str, despite: bool = False, by: User) -> str:
    """Makes a draft public. Returns the name of the row.

    `saw` is the token of the page, `despite` that the editor has confirmed what it warns of. Raises FlowError.
    """
    _confirmed(part, slug, despite)
    with audit.change(by=by) as change:
        now, draft = _seen(part, slug, saw)
        _permit(by, part, "change" if now.row else "add")
        if now.is_stale and not despite:
            raise FlowError(Refusal.STALE)
        return _publish(change, now, draft)


def schedule(part: str, slug: str, *, at: datetime, saw: str, despite: bool = False, by: User) -> ContentDraft:
    """Lets the clock publish a draft. Raises FlowError."""
    _confirmed(part, slug, despite)
    with audit.change(by=by) as change:
        now, draft = _seen(part, slug, saw)
        _permit(by, part, "change" if now.row else "add")
        if at <= change.at:
            raise FlowError(Refusal.IN_THE_PAST)
        if now.is_stale and not despite:
            raise FlowError(Refusal.STALE)
        if wrong := kinds.problem(part, draft.table, slug=slug):
            raise FlowError(Refusal.INVALID, what=wrong)
        if draft.table == now.public:
            raise FlowError(Refusal.SAME)
        # What the editor has seen is what may be replaced at that time.
        draft.base = kinds.digest_of(now.public)
        draft.publish_at, draft.scheduled_by, draft.stopped = at, by, ""
        draft.save()
        change.record(Action.DRAFT_SCHEDULED, subject=draft, due_at=at.isoformat(), **_about(draft))
    return draft


def unschedule(part: str, slug: str, *, by: User) -> None:
    """Takes back the date of a draft, which stays. Raises FlowError."""
    _permit(by, part, "change")
    with audit.change(by=by) as change:
        draft = state(part, slug, lock=True).draft
        if draft is None:
            raise FlowError(Refusal.NO_DRAFT)
        if draft.publish_at is None:
            raise FlowError(Refusal.NOT_SCHEDULED)
        draft.publish_at = draft.scheduled_by = None
        draft.save()
        change.record(Action.DRAFT_UNSCHEDULED, subject=draft, **_about(draft))


def discard(part: str, slug: str, *, saw: str, by: User) -> None:
    """Deletes a draft. What is public stays as it is. Raises FlowError."""
    with audit.change(by=by) as change:
        now, draft = _seen(part, slug, saw)
        _permit(by, part, "change" if now.row else "add")
        change.record(Action.DRAFT_DISCARDED, subject=draft, **_about(draft))
        draft.delete()


def remove(part: str, slug: str, *, saw: str, by: User) -> str:
    """Takes a row out of the public content. Returns its name. Raises FlowError, also while something refers to it."""
    _permit(by, part, "delete")
    if not kinds.PARTS[part].is_list:
        raise FlowError(Refusal.NOT_EDITOR)
    with audit.change(by=by) as change:
        now = state(part, slug, lock=True)
        if now.row is None:
            raise FlowError(Refusal.ROW_GONE)
        if now.draft is not None:
            raise FlowError(Refusal.HAS_DRAFT)
        if now.token != saw:
            raise FlowError(Refusal.MOVED)
        if users := _users(now.row):
            raise FlowError(Refusal.IN_USE, what=users)
        kind = now.row._meta.model_name
        change.record(Action.CONTENT_REMOVED, subject=now.row, kind=kind, name=str(now.row))
        now.row.delete()
    return now.name


def publish_due(draft: ContentDraft) -> bool:
    """Publishes a scheduled draft whose time has come, or ends its schedule and tells its editor why not.

    Returns whether it was published.
    """
    with audit.change(by=None) as change:
        now = state(draft.part, draft.slug, lock=True)
        due = now.draft
        if due is None or due.publish_at is None or due.publish_at > change.at or due.scheduled_by is None:
            return False
        refusal, words = _reason_to_stop(now, due, due.scheduled_by)
        if refusal is None:
            _publish(change, now, due, scheduled_by=due.scheduled_by)
            return True
        to = due.scheduled_by
        due.publish_at = due.scheduled_by = None
        due.stopped = refusal.value
        due.save()
        change.record(Action.DRAFT_STOPPED, subject=due, refusal=refusal.value, words=words, **_about(due))
        if to.is_active:
            context = {"draft": due, "sentence": str(FlowError(refusal, **words))}
            change.mail("draft_stopped", to=to.email, context=context)
    return False


def due_drafts() -> models.QuerySet[ContentDraft]:
    return ContentDraft.objects.filter(publish_at__lte=timezone.now())


def _reason_to_stop(now: State, draft: ContentDraft, by: User) -> tuple[Refusal | None, dict[str, str]]:
    if not (by.is_active and by.has_perm(kinds.permission(now.part, "change" if now.row else "add"))):
        return Refusal.NOT_EDITOR, {}
    if now.is_stale:
        return Refusal.STALE, {}
    if draft.table == now.public:
        return Refusal.SAME, {}
    if wrong := kinds.problem(now.part, draft.table, slug=now.slug):
        return Refusal.INVALID, {"what": wrong}
    return None, {}


def _publish(change: Change, now: State, draft: ContentDraft, **more: Any) -> str:
    entry, wrong = kinds.read(now.part, draft.table, slug=now.slug)
    if wrong:
        raise FlowError(Refusal.INVALID, what=kinds.problem(now.part, draft.table, slug=now.slug))
    if draft.table == now.public:
        raise FlowError(Refusal.SAME)
    row = applying.apply(now.part, entry, now.row)
    about = {"kind": row._meta.model_name, "name": str(row)}
    if now.row is None:
        change.record(Action.CONTENT_ADDED, subject=row, **about, **more)
    else:
        changes = recorded.changed(kinds.PARTS[now.part].section, now.public, draft.table)
        change.record(Action.CONTENT_CHANGED, subject=row, **about, **changes, **more)
    draft.delete()
    return kinds.name_of(now.part, row)


def _confirmed(part: str, slug: str, despite: bool) -> None:
    """Raises FlowError if the checks find something new in the draft, and the editor has not confirmed it."""
    if not despite and proposed.new_findings(state(part, slug)):
        raise FlowError(Refusal.WARNINGS)


def _seen(part: str, slug: str, saw: str) -> tuple[State, ContentDraft]:
    now = state(part, slug, lock=True)
    if now.draft is None:
        raise FlowError(Refusal.NO_DRAFT)
    if now.token != saw:
        raise FlowError(Refusal.MOVED)
    return now, now.draft


def _permit(by: User, part: str, verb: str) -> None:
    if not by.has_perm(kinds.permission(part, verb)):
        raise FlowError(Refusal.NOT_EDITOR)


def _about(draft: ContentDraft) -> dict[str, Any]:
    return {"kind": kinds.model_of(draft.part)._meta.model_name or "", "name": draft.name}


def _name(part: str, table: Table, row: Any) -> str:
    if part == "certifications":
        framework = kinds.row_of("frameworks", str(table.get("framework", "")))
        return framework.name if framework else str(table.get("framework", ""))
    return str(table.get(kinds.PARTS[part].name, ""))[:300]


def _users(row: Any) -> str:
    """The names of the public rows that cannot be without this one; "" if there are none."""
    found = [
        str(one)
        for relation in row._meta.related_objects
        if relation.one_to_many and relation.on_delete in (models.PROTECT, models.CASCADE)
        for one in relation.related_model._default_manager.filter(**{relation.field.name: row})[:3]
    ]
    return ", ".join(found[:3])
