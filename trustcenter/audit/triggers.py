"""Database triggers that refuse every change of the log, also one made with SQL."""

from django.db.backends.base.base import BaseDatabaseWrapper

from trustcenter.audit.actions import Action

# Rows of these tables are added and never changed. A detail can be emptied in one way: by a record that says so.
FIXED = ("audit_record", "audit_checkpoint", "audit_subtree")
TABLES = (*FIXED, "audit_detail")
# What may not be inserted, and why. This also refuses SQLite's INSERT OR REPLACE, which fires no delete trigger.
INSERTS = {
    "audit_record": (
        "NEW.number <> COALESCE((SELECT MAX(number) FROM audit_record), -1) + 1",
        "the audit log has no gap and replaces nothing",
    ),
    "audit_detail": (
        "EXISTS (SELECT 1 FROM audit_detail WHERE record_id = NEW.record_id)",
        "the audit log replaces nothing",
    ),
    "audit_checkpoint": (
        "NEW.size <= COALESCE((SELECT MAX(size) FROM audit_checkpoint), 0)",
        "a checkpoint is larger than the ones before it",
    ),
    "audit_subtree": (
        'EXISTS (SELECT 1 FROM audit_subtree WHERE level = NEW.level AND "index" = NEW."index" OR id = NEW.id)',
        "the audit log replaces nothing",
    ),
}
# A record's details are erased as a whole, once, and only by a later record that says so. That record keeps its own.
ERASING = f"""NEW.record_id = OLD.record_id AND OLD.erased_by_id IS NULL AND NEW.body = '' AND length(NEW.key) = 0
    AND NEW.erased_by_id > OLD.record_id
    AND EXISTS (SELECT 1 FROM audit_record WHERE number = NEW.erased_by_id AND action = '{Action.LOG_ERASED.value}')
    AND NOT EXISTS (SELECT 1 FROM audit_record WHERE number = OLD.record_id AND action = '{Action.LOG_ERASED.value}')"""  # noqa: S608
REFUSAL = "the audit log is append-only"

SQLITE = {
    table: [
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
        f"""CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
            {"" if table in FIXED else f"WHEN ({ERASING}) IS NOT TRUE"} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
        f"""CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table}
            WHEN {INSERTS[table][0]} BEGIN SELECT RAISE(ABORT, '{INSERTS[table][1]}'); END""",
    ]
    for table in TABLES
}


def _function(name: str, allowed: str, refusal: str) -> str:
    return f"""CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF ({allowed}) IS NOT TRUE THEN
                RAISE EXCEPTION '{refusal}' USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NEW;
        END $$"""


# Functions may name tables that do not exist yet: PostgreSQL looks them up when the functions run.
POSTGRESQL_FUNCTIONS = [
    _function("audit_refuse", "FALSE", REFUSAL),
    _function("audit_erasing", ERASING, REFUSAL),
    *(_function(f"{table}_in_order", f"NOT ({when})", why) for table, (when, why) in INSERTS.items()),
]
POSTGRESQL = {
    table: [
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
        f"""CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW
            EXECUTE FUNCTION {"audit_refuse" if table in FIXED else "audit_erasing"}()""",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
        f"CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_in_order()",
        # Without ALWAYS, `SET session_replication_role = replica` bypasses every trigger.
        *(
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}"
            for name in ("no_delete", "no_update", "no_truncate", "in_order")
        ),
    ]
    for table in TABLES
}
NAMES = ("no_delete", "no_update", "no_truncate", "in_order")


def create(connection: BaseDatabaseWrapper) -> None:
    """Creates the triggers on those tables that exist. It is safe to call twice."""
    drop(connection)
    statements = SQLITE if connection.vendor == "sqlite" else POSTGRESQL
    if connection.vendor != "sqlite":
        _execute(connection, POSTGRESQL_FUNCTIONS)
    for table in _tables(connection):
        _execute(connection, statements[table])


def drop(connection: BaseDatabaseWrapper) -> None:
    """Drops the triggers: for migrating backwards and for tests that empty the database."""
    for table in _tables(connection):
        on = "" if connection.vendor == "sqlite" else f" ON {table}"
        _execute(connection, [f"DROP TRIGGER IF EXISTS {table}_{name}{on}" for name in NAMES])


def _tables(connection: BaseDatabaseWrapper) -> list[str]:
    there = connection.introspection.table_names()
    return [table for table in TABLES if table in there]


def _execute(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
