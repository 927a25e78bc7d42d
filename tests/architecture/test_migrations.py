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
from django.db import models
from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel

from trustcenter.management.commands.makemigrations import folded

SECONDS = 8


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


def test_first_migrations_make_each_table_with_its_constraints():
    """Otherwise SQLite copies the table and Django renders the models again for each of them."""
    ours = [app for app in apps.get_app_configs() if settings.BASE_DIR in Path(app.path).parents]
    names = [
        f"{app.name}.migrations.0001_initial"
        for app in ours
        if app.models_module and Path(app.path, "migrations").exists()
    ]
    assert len(names) > 5
    for name in names:
        operations = import_module(name).Migration.operations
        assert folded(operations) == operations, name


def test_constraint_waits_for_a_field_that_its_table_gets_later():
    table = CreateModel("Grant", [("id", models.BigAutoField(primary_key=True))], options={"constraints": ["kept"]})
    owner = AddField("grant", "owner", models.IntegerField())
    waits = AddConstraint("grant", models.CheckConstraint(condition=models.Q(owner__gt=1), name="has_owner"))
    foreign = AddIndex("other", models.Index(fields=["id"], name="of_another_table"))
    at_once = models.CheckConstraint(condition=models.Q(id__gt=1), name="has_number")
    index = models.Index(fields=["-id"], name="newest")
    left = folded([table, owner, AddConstraint("grant", at_once), waits, foreign, AddIndex("grant", index)])
    assert left == [table, owner, waits, foreign]
    assert table.options == {"constraints": ["kept", at_once], "indexes": [index]}


def cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
