"""Every setting, command, action and dependency is documented."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from tests.architecture.test_imports import PACKAGES, imported, sources
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
def test_command_is_in_operating_or_is_for_contributors(name):
    place = "CONTRIBUTING.md" if name == "makemigrations" else "docs/operating.md"
    assert f"manage.py {name}" in (ROOT / place).read_text()


def documented_actions() -> dict[str, str]:
    """The rows of the table in docs/audit-log.md: the description of each action."""
    document = (ROOT / "docs/audit-log.md").read_text()
    table = re.search(r"^\| action \|.*\n\| --- .*\n((?:\|.*\n)+)", document, re.MULTILINE)
    return dict(re.findall(r"^\| `([a-z_.]+)` \| (.*)", table[1], re.MULTILINE))


def test_audit_log_document_lists_exactly_the_actions():
    assert sorted(documented_actions()) == sorted(action.value for action in Action)


def test_row_of_an_action_lists_the_keys_that_its_sentence_uses():
    rows = documented_actions()
    named = {action: set(re.findall(r"%\((\w+)\)s", str(action.label))) - {"actor"} for action in Action}
    assert [
        (action, name) for action in Action for name in named[action] if f"`{name}`" not in rows[action.value]
    ] == []


# Modules of a dependency's own dependency, imported because the dependency's manual says so.
BROUGHT = {"botocore": "boto3"}


def test_imported_packages_are_declared_and_explained():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    declared = {canonical(re.match(r"[\w.-]+", line)[0]) for group in groups for line in group}
    came_from = packages_distributions()
    tops = {name.split(".")[0] for path in sources() for name in imported(path.read_text())}
    foreign = tops - sys.stdlib_module_names - {*PACKAGES, "content"}
    distributions = {canonical(one) for top in foreign for one in came_from[BROUGHT.get(top, top)]}
    assert distributions <= declared
    readme = (ROOT / "README.md").read_text().lower()
    assert not [name for name in declared if name not in canonical(readme)]


def canonical(name: str) -> str:
    return name.lower().replace("_", "-")
