import os
import resource
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import call_command

SECONDS = 10


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


def cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
