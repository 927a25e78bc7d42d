"""The steps on levels: add one, change one, remove one that no document has."""

from collections.abc import Collection

from django.db.models import Max

from documents import levels
from documents.models import Level
from ndaflow.desk.levels import impact, satisfiable
from ndaflow.desk.levels.refusals import Refusal
from ndaflow.requests import flows as requests
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError

EDIT = "documents.change_level"


def add(level: Level, *, by: User) -> None:
    """Adds a level at the end of the list. Raises FlowError."""
    _must_edit(by)
    with audit.change(by=by) as change:
        known = list(Level.objects.select_for_update(no_key=True).order_by("pk"))
        _must_be_new_name(level, known)
        for _field, obstacle in satisfiable.obstacles(level, change.at):
            raise obstacle
        level.position = (Level.objects.aggregate(last=Max("position"))["last"] or 0) + 1
        levels.save(change, level, None)


def change(level: Level, *, before: Level, shutting_out: Collection[str], by: User) -> impact.Impact:
    """Saves what was edited. A stricter level shuts out at once everyone who no longer fits.

    `before` is the level as the editor saw it, and `shutting_out` the keys of the people who were shown to lose access;
    if it has changed, or anybody else would lose it, nothing is saved. Raises FlowError.
    """
    _must_edit(by)
    with audit.change(by=by) as made:
        waiting = requests.lock_for_review(impact.approved(before)) if before.terms != level.terms else []
        known = list(Level.objects.select_for_update(no_key=True).order_by("pk"))
        row = next((one for one in known if one.pk == level.pk), None)
        if row is None or levels.differences(row, before):
            raise FlowError(Refusal.OTHER_LEVEL)
        _must_be_new_name(level, known)
        for _field, obstacle in satisfiable.obstacles(level, made.at, besides=row):
            raise obstacle
        felt = impact.of(row, level, made.at)
        if {person.pk for person in felt.shut_out} - set(shutting_out):
            raise FlowError(Refusal.MORE_PEOPLE)
        levels.save(made, level, row)
        requests.review_again(made, waiting)
    return felt


def remove(level: Level, *, by: User) -> None:
    """Removes a level that no document has. Raises FlowError."""
    _must_edit(by)
    with audit.change(by=by) as made:
        row = Level.objects.select_for_update(no_key=True).filter(pk=level.pk).first()
        if row is None:
            raise FlowError(Refusal.OTHER_LEVEL)
        if row.is_public:
            raise FlowError(Refusal.PUBLIC_STAYS)
        if row.documents.exists():
            raise FlowError(Refusal.LEVEL_IN_USE)
        levels.remove(made, row)


def _must_edit(by: User) -> None:
    if not by.has_perm(EDIT):
        raise FlowError(Refusal.NOT_EDITOR)


def _must_be_new_name(level: Level, known: Collection[Level]) -> None:
    if is_taken(level, known):
        raise FlowError(Refusal.NAME_TAKEN)


def is_taken(level: Level, known: Collection[Level]) -> bool:
    """Whether another level has this name, in any case."""
    return any(one.pk != level.pk and one.name.casefold() == level.name.casefold() for one in known)
