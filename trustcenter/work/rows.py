"""Rows of a SELECT that is written as SQL, as instances of a model and of the models it leads to; and a new row, inserted so.

For the few queries that every page, or the first byte of every download, waits for: Django takes longer to compile a query
set than the database takes to run it, and a raw one works out each time which column belongs to which field.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property
from typing import Any

from django.db import connection, models

Converter = Callable[[Any, Any, Any], Any]


class Rows[M: models.Model]:
    """The rows of `sql` as instances of `model`.

    In the SQL, `{alias}` stands for all columns of the table with that alias, and each alias leads to its model: `{model}`,
    with the name of the model in lower case, and one for each keyword. A keyword names a foreign key of `model`; the
    instance it leads to is set, as `select_related` does, or None where a LEFT JOIN found nothing. The order of the
    columns is that of the keywords. `also` names the columns after those, which no model has; `{joined}` is the function
    that joins the texts of several rows.
    """

    def __init__(self, model: type[M], sql: str, *, also: Sequence[str] = (), **related: type[models.Model]) -> None:
        self.model, self.sql, self.also, self.related = model, sql, also, related

    def all(self, *params: Any, lock: str = "") -> list[M]:
        """All rows with these parameters. `lock` is added to the SQL."""
        with connection.cursor() as cursor:
            cursor.execute(self._text + lock, params)
            return [self._instance(row) for row in cursor.fetchall()]

    def first(self, *params: Any, lock: str = "") -> M | None:
        return next(iter(self.all(*params, lock=lock)), None)

    @cached_property
    def _columns(self) -> "_Columns[M]":
        return _Columns(self.model, str(self.model._meta.model_name), start=0)

    @cached_property
    def _related_columns(self) -> "dict[str, _Columns[Any]]":
        found: dict[str, _Columns[Any]] = {}
        start = self._columns.stop
        for name, model in self.related.items():
            found[name] = _Columns(model, name, start)
            start = found[name].stop
        return found

    @cached_property
    def _text(self) -> str:
        every = [self._columns, *self._related_columns.values()]
        joined = "string_agg" if connection.vendor == "postgresql" else "group_concat"
        return self.sql.format_map({one.alias: one.text for one in every} | {"joined": joined})

    def _instance(self, row: Sequence[Any]) -> M:
        instance = self._columns.instance(row)
        for name, columns in self._related_columns.items():
            setattr(instance, name, columns.instance(row) if row[columns.key] is not None else None)
        for name, value in zip(self.also, row[len(row) - len(self.also) :], strict=True):
            setattr(instance, name, value)
        return instance


class _Columns[M: models.Model]:
    """Where the columns of one model stand in a row, and how the database's values become those of its fields."""

    def __init__(self, model: type[M], alias: str, start: int) -> None:
        fields = model._meta.concrete_fields
        self.model, self.alias, self.start, self.stop = model, alias, start, start + len(fields)
        self.names = [field.attname for field in fields]
        self.key = start + next(at for at, field in enumerate(fields) if field.primary_key)
        quote = connection.ops.quote_name
        self.text = ", ".join(f"{quote(alias)}.{quote(str(field.column))}" for field in fields)
        self.converters = [(at, *found) for at, field in enumerate(fields) for found in _converters(field)]

    def instance(self, row: Sequence[Any]) -> M:
        values = list(row[self.start : self.stop])
        for at, expression, convert in self.converters:
            values[at] = convert(values[at], expression, connection)
        return self.model.from_db(connection.alias, self.names, values)


def _converters(field: "models.Field[Any, Any]") -> Iterator[tuple[Any, Converter]]:
    expression = field.cached_col
    for convert in connection.ops.get_db_converters(expression) + expression.get_db_converters(connection):
        yield expression, convert


def insert(row: models.Model) -> None:
    """Saves a new row with its own key, as `save(force_insert=True)` would, without signals."""
    text, fields = _inserting(type(row))
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(text, values)
    row._state.adding, row._state.db = False, connection.alias


@cache
def _inserting(model: type[models.Model]) -> "tuple[str, tuple[models.Field[Any, Any], ...]]":
    fields, quote = tuple(model._meta.local_concrete_fields), connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})", fields  # noqa: S608  (names of our own)
