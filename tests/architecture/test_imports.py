"""Imports run one way: shell -> ndaflow -> documents -> certifications -> kernel -> Django."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("trustcenter", "certifications", "documents", "ndaflow")
# What sits on top of everything and may know everyone.
SHELL = (
    "trustcenter/urls.py",
    "trustcenter/views.py",
    "trustcenter/health.py",
    "trustcenter/content.py",
    "trustcenter/context.py",
    "trustcenter/publicpages.py",
    "trustcenter/settings.py",
    "trustcenter/management/",
)
LAYERS = {"trustcenter": 0, "certifications": 1, "documents": 2, "ndaflow": 3}
# Modules that know nothing of ours and nothing of Django.
PURE = (
    "documents/marking.py",
    "documents/second_mark.py",
    "documents/vault/stream.py",
    "ndaflow/signing.py",
    "trustcenter/audit/tree.py",
)
# Never in flows: what belongs to a request or its answer.
NOT_IN_FLOWS = ("django.http", "django.forms", "django.contrib.messages", "django.shortcuts")
STORED = "FILES_DIR"


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts]


def imported(source: str) -> set[str]:
    """The modules that a source names in import statements, anywhere in it: also `from a import b` as a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def layer(path: str) -> int:
    return 4 if path.startswith(SHELL) else LAYERS[path.split("/")[0]]


def wrong_imports(path: str, source: str) -> set[str]:
    """What a file at that path imports and may not."""
    names = imported(source)
    wrong = {name for name in names if LAYERS.get(name.split(".")[0], -1) > layer(path)}
    if path in PURE:
        wrong |= {name for name in names if name.split(".")[0] in {"django", *PACKAGES}}
    last = path.rpartition("/")[2]
    if last == "models.py":
        wrong |= {
            name for name in names if name.split(".")[0] in PACKAGES and name.endswith((".flows", ".views", ".mail"))
        }
    if last == "flows.py":
        wrong |= {name for name in names if name.startswith(NOT_IN_FLOWS)}
    if path == "documents/access.py":
        wrong |= {name for name in names if name.startswith("django.http")}
    return wrong


def writes_status(source: str) -> bool:
    """Whether a source assigns a `.status` or updates one by keyword."""
    for node in ast.walk(ast.parse(source)):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets):
            return True
        update = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update"
        if update and any(keyword.arg == "status" for keyword in node.keywords):  # type: ignore[attr-defined]
            return True
    return False


def writes_log(source: str) -> bool:
    """Whether a source makes or changes rows of the log past its writer."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            words = ast.unparse(node.func)
            if words.startswith(("Record.objects.", "Detail.objects.", "Head.objects.")) and words.endswith(
                (".create", ".update", ".delete", ".bulk_create", ".get_or_create", ".update_or_create")
            ):
                return True
            if words in {"Record", "Detail", "Head"}:
                return True
    return False


def knows_stored_bytes(source: str) -> bool:
    """Whether a source names the folder in which files are stored."""
    return any(
        (isinstance(node, ast.Attribute) and node.attr == STORED) or (isinstance(node, ast.Name) and node.id == STORED)
        for node in ast.walk(ast.parse(source))
    )


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_keeps_the_rules(path):
    name, source = str(path.relative_to(ROOT)), path.read_text()
    assert not wrong_imports(name, source)
    if name.startswith("ndaflow/") and name != "ndaflow/flows.py":
        assert not writes_status(source), "only ndaflow/flows.py writes a request's status"
    if not name.startswith("trustcenter/audit/"):
        assert not writes_log(source), "only trustcenter/audit writes the log"
    if not name.startswith("documents/vault/") and name != "trustcenter/settings.py":
        assert not knows_stored_bytes(source), "only documents/vault opens stored bytes"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("documents/access.py", "from ndaflow.models import AccessRequest"),
        ("certifications/views.py", "def f():\n    import documents.models"),
        ("trustcenter/mail.py", "from ndaflow import flows"),
        ("ndaflow/signing.py", "from django.utils import timezone"),
        ("ndaflow/models.py", "from ndaflow import flows"),
        ("ndaflow/flows.py", "from django.contrib import messages"),
        ("documents/access.py", "from django.http import Http404"),
    ],
)
def test_planted_bad_import_is_found(path, line):
    assert wrong_imports(path, line)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("ndaflow/views.py", "from documents.models import Document"),
        ("trustcenter/urls.py", "from certifications import views"),
        ("documents/access.py", "from trustcenter.accounts.models import User"),
        ("ndaflow/signing.py", "import hashlib"),
    ],
)
def test_planted_good_import_passes(path, line):
    assert not wrong_imports(path, line)


def test_planted_writes_are_found():
    assert writes_status("request.status = 'granted'")
    assert writes_status("AccessRequest.objects.filter(pk=1).update(status='granted')")
    assert not writes_status("AccessRequest.objects.filter(status='granted')")
    assert writes_log("Record.objects.filter(number=1).update(action='x')")
    assert not writes_log("Record.objects.filter(number=1).count()")
    assert knows_stored_bytes("open(settings.FILES_DIR / 'x')")
    assert not knows_stored_bytes("settings.DATA_DIR")
