"""Django's `makemigrations`, which makes a new table with its constraints and indexes."""

import re
from collections.abc import Sequence
from typing import Any

from django.core.management.commands import makemigrations
from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel, Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.writer import MigrationWriter


class Command(makemigrations.Command):
    """Django adds each constraint of a new model in an operation of its own. SQLite then copies the table and Django renders
    the models again for each of them, which took two thirds of the first start of a site."""

    def write_migration_files(self, changes: dict[str, list[Migration]], *more: Any) -> None:
        for migrations in changes.values():
            for migration in migrations:
                migration.operations = folded(migration.operations)  # type: ignore[misc]  # an instance has its own list
        super().write_migration_files(changes, *more)


def folded(operations: Sequence[Operation]) -> list[Operation]:
    """The operations with each constraint and index in the operation that makes its table, if the table has its fields then."""
    left: list[Operation] = []
    # The table's operation and the names of fields that it gets later, by model.
    made: dict[str, CreateModel] = {}
    later: dict[str, set[str]] = {}
    for operation in operations:
        match operation:
            case CreateModel():
                made[operation.name_lower] = operation
            case AddField():
                later.setdefault(operation.model_name_lower, set()).add(operation.name)
            case AddConstraint() | AddIndex():
                model = made.get(operation.model_name_lower)
                added = operation.constraint if isinstance(operation, AddConstraint) else operation.index
                if model and not later.get(operation.model_name_lower, set()) & _words(added):
                    option = "constraints" if isinstance(operation, AddConstraint) else "indexes"
                    model.options[option] = [*model.options.get(option, []), added]
                    continue
        left.append(operation)
    return left


def _words(of: object) -> set[str]:
    """Every word in how a migration writes it, so that a field of which it speaks is one of them."""
    text, _imports = MigrationWriter.serialize(of)
    return {part for word in re.findall(r"\w+", text) for part in word.split("__")}
