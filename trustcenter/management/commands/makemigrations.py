"""Django's `makemigrations`, which makes the tables of a new app together."""

from collections.abc import Sequence
from typing import Any

from django.core.management.commands import makemigrations
from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel, Migration
from django.db.migrations.operations.base import Operation

from trustcenter.work.tables import CreateTables


class Command(makemigrations.Command):
    """The first migration of an app is one operation, so that a new site starts in a second and not in five."""

    def write_migration_files(self, changes: dict[str, list[Migration]], *more: Any) -> None:
        for migrations in changes.values():
            for migration in migrations:
                if migration.initial:
                    migration.operations = together(migration.operations)  # type: ignore[misc]  # its own list
        super().write_migration_files(changes, *more)


def together(operations: Sequence[Operation]) -> list[Operation]:
    """One operation that makes the tables with what operations add to them, and the operations that do something else."""
    tables: dict[str, CreateModel] = {}
    left: list[Operation] = []
    for operation in operations:
        match operation:
            case CreateModel():
                tables[operation.name_lower] = operation
            case AddField(model_name_lower=name) if name in tables:
                tables[name].fields.append((operation.name, operation.field))
            case AddConstraint(model_name_lower=name) if name in tables:
                _add(tables[name], "constraints", operation.constraint)
            case AddIndex(model_name_lower=name) if name in tables:
                _add(tables[name], "indexes", operation.index)
            case _:
                left.append(operation)
    return [CreateTables(list(tables.values())), *left]


def _add(table: CreateModel, option: str, added: object) -> None:
    table.options[option] = [*table.options.get(option, []), added]
