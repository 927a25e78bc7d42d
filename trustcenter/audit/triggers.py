"""Database triggers that refuse to change the log, whoever asks."""

from django.db.backends.base.base import BaseDatabaseWrapper

# Inserting the next number only also closes SQLite's INSERT OR REPLACE, which fires no delete trigger.
SQLITE = [
    """CREATE TRIGGER audit_record_no_update BEFORE UPDATE ON audit_record
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_record_no_delete BEFORE DELETE ON audit_record
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_record_in_order BEFORE INSERT ON audit_record
        WHEN NEW.number <> COALESCE((SELECT MAX(number) FROM audit_record), -1) + 1
        BEGIN SELECT RAISE(ABORT, 'the audit log has no gap and replaces nothing'); END""",
    """CREATE TRIGGER audit_detail_no_update BEFORE UPDATE ON audit_detail
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_detail_no_delete BEFORE DELETE ON audit_detail
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_detail_once BEFORE INSERT ON audit_detail
        WHEN EXISTS (SELECT 1 FROM audit_detail WHERE record_id = NEW.record_id)
        BEGIN SELECT RAISE(ABORT, 'the audit log replaces nothing'); END""",
]
SQLITE_DROP = [
    f"DROP TRIGGER IF EXISTS {name}"
    for name in (
        "audit_record_no_update",
        "audit_record_no_delete",
        "audit_record_in_order",
        "audit_detail_no_update",
        "audit_detail_no_delete",
        "audit_detail_once",
    )
]

POSTGRESQL = [
    """CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege'; END $$""",
    """CREATE OR REPLACE FUNCTION audit_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.number <> COALESCE((SELECT MAX(number) FROM audit_record), -1) + 1 THEN
                RAISE EXCEPTION 'the audit log has no gap' USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NEW;
        END $$""",
    "CREATE TRIGGER audit_record_in_order BEFORE INSERT ON audit_record FOR EACH ROW EXECUTE FUNCTION audit_in_order()",
]
POSTGRESQL_DROP = ["DROP TRIGGER IF EXISTS audit_record_in_order ON audit_record"]
for _table in ("audit_record", "audit_detail"):
    POSTGRESQL += [
        f"CREATE TRIGGER {_table}_no_change BEFORE UPDATE OR DELETE ON {_table} FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
        f"CREATE TRIGGER {_table}_no_truncate BEFORE TRUNCATE ON {_table} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    ]
    POSTGRESQL_DROP += [
        f"DROP TRIGGER IF EXISTS {_table}_no_change ON {_table}",
        f"DROP TRIGGER IF EXISTS {_table}_no_truncate ON {_table}",
    ]
# Without ALWAYS, `SET session_replication_role = replica` walks past every one of them.
POSTGRESQL += [
    "ALTER TABLE audit_record ENABLE ALWAYS TRIGGER audit_record_in_order",
    *(
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}"
        for table in ("audit_record", "audit_detail")
        for name in ("no_change", "no_truncate")
    ),
]


def create(connection: BaseDatabaseWrapper) -> None:
    """Puts the triggers in place; the tables must exist. Safe to call twice."""
    drop(connection)
    _execute(connection, SQLITE if connection.vendor == "sqlite" else POSTGRESQL)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Takes the triggers away: for migrating backwards and for tests that empty the database."""
    _execute(connection, SQLITE_DROP if connection.vendor == "sqlite" else POSTGRESQL_DROP)


def _execute(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
