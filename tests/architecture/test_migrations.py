import os
import resource
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.state import ProjectState

from trustcenter.management.commands.makemigrations import together
from trustcenter.work.tables import CreateTables

SECONDS = 4


@pytest.mark.once
@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.once
def test_fresh_database_migrates_quickly(tmp_path):
    env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}}
    before = cpu_of_children()
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=settings.BASE_DIR, env=env | {"TRUSTCENTER_DATA": str(tmp_path)}, check=True)
    # CPU time, because other processes run on this machine.
    assert cpu_of_children() - before < SECONDS


def test_first_migrations_make_all_tables_together():
    """Otherwise SQLite copies tables and Django renders the models again for each of them."""
    folders = [Path(app.path) for app in apps.get_app_configs() if "site-packages" not in app.path]
    ours = [folder.relative_to(settings.BASE_DIR) for folder in folders if (folder / "migrations").exists()]
    names = [f"{'.'.join(folder.parts)}.migrations.0001_initial" for folder in ours]
    assert len(names) > 5
    for name in names:
        (operation,) = import_module(name).Migration.operations
        assert isinstance(operation, CreateTables), name


def test_table_is_made_with_what_it_gets_later():
    table = CreateModel("Grant", [("id", models.BigAutoField(primary_key=True))], options={"constraints": ["kept"]})
    owner = AddField("grant", "owner", models.ForeignKey("desk.Owner", models.PROTECT))
    has_owner = models.CheckConstraint(condition=models.Q(owner__gt=1), name="has_owner")
    index = models.Index(fields=["-owner"], name="newest")
    owners = CreateModel("Owner", [("id", models.BigAutoField(primary_key=True))])
    foreign = AddIndex("other", models.Index(fields=["id"], name="of_another_table"))
    added = [AddConstraint("grant", has_owner), AddIndex("grant", index)]

    made, left = together([table, owners, owner, foreign, *added])

    assert left == foreign
    assert made.tables == [table, owners]
    assert table.fields[1:] == [("owner", owner.field)]
    assert table.options == {"constraints": ["kept", has_owner], "indexes": [index]}


@pytest.mark.postgresql
@pytest.mark.django_db
def test_tables_are_made_and_removed_though_they_refer_to_each_other():
    key = ("id", models.BigAutoField(primary_key=True))
    first = CreateModel("First", [key, ("second", models.ForeignKey("desk.Second", models.PROTECT))])
    second = CreateModel("Second", [key, ("first", models.ManyToManyField("desk.First"))])
    made, before, after = CreateTables([first, second]), ProjectState(), ProjectState()
    made.state_forwards("desk", after)
    tables = {"desk_first", "desk_second", "desk_second_first"}

    with connection.schema_editor() as editor:
        made.database_forwards("desk", editor, before, after)
    assert tables <= set(connection.introspection.table_names())
    with connection.schema_editor() as editor:
        made.database_backwards("desk", editor, after, before)
    assert not tables & set(connection.introspection.table_names())


def cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
