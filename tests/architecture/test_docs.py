"""What can be set, run or logged is written down."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from trustcenter.audit.actions import Action

ROOT = Path(settings.BASE_DIR)
READ = re.compile(r"""(?:env_bool|env_int|env_list|environ\.get)\(\s*"([A-Z_]+)\"""")
SETTINGS = sorted(set(READ.findall((ROOT / "trustcenter/settings.py").read_text())))
COMMANDS = sorted(
    name for name, app in get_commands().items() if app in {"trustcenter", "certifications", "documents", "ndaflow"}
)


@pytest.mark.parametrize("name", SETTINGS)
def test_setting_is_in_the_readme(name):
    assert f"`{name}`" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", COMMANDS)
def test_command_is_in_operating(name):
    assert f"manage.py {name}" in (ROOT / "docs/operating.md").read_text()


@pytest.mark.parametrize("action", list(Action))
def test_action_is_in_the_log_s_document(action):
    assert f"`{action.value}`" in (ROOT / "docs/audit-log.md").read_text()


def test_log_s_document_names_no_action_that_is_gone():
    named = set(re.findall(r"^\| `([a-z_.]+)` \|", (ROOT / "docs/audit-log.md").read_text(), re.MULTILINE))
    assert named == {action.value for action in Action}
