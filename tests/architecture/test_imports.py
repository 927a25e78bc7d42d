"""Imports run one way: site -> ndaflow -> documents -> certifications -> kernel -> Django."""

import ast
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("trustcenter", "certifications", "documents", "ndaflow")
# From the bottom up. Rooms of one step do not import each other. Everything else in trustcenter/ is on top: the site's
# own room, and the settings, URLs and commands, which are where Django expects them.
STEPS = (
    ("trustcenter/work",),
    ("trustcenter/web",),
    ("trustcenter/audit",),
    ("trustcenter/accounts", "trustcenter/vault"),
    ("certifications",),
    ("documents",),
    ("ndaflow/agreements", "ndaflow/chat", "ndaflow/duty", "ndaflow/objections"),
    ("ndaflow/requests",),
    ("ndaflow/invitations",),
    ("ndaflow/privacy", "ndaflow/rules"),
    ("ndaflow/desk",),
    ("ndaflow",),
    ("trustcenter",),
)
# Modules that import neither Django nor any module of ours but each other.
PURE = (
    "documents/marks/marking.py",
    "documents/marks/second_mark.py",
    "ndaflow/agreements/signing.py",
    "ndaflow/duty/business_time.py",
    "ndaflow/agreements/sealing/keys.py",
    "ndaflow/agreements/sealing/kms_key.py",
    "ndaflow/agreements/sealing/token_key.py",
    "ndaflow/agreements/sealing/layout.py",
    "ndaflow/agreements/sealing/der.py",
    "ndaflow/agreements/sealing/timestamping.py",
    "trustcenter/audit/notes.py",
    "trustcenter/audit/offline.py",
    "trustcenter/audit/tree.py",
    "trustcenter/vault/stream.py",
    "trustcenter/vault/clients/awskms.py",
    "trustcenter/vault/clients/errors.py",
    "trustcenter/vault/clients/pkcs11.py",
)
# The log's private key: one module reads it, and no module that answers a request may import that module.
KEY_MODULE, KEY_SETTING = "trustcenter.audit.keys", "LOG_KEY_FILE"
# Checks and settings know its path, to name it.
KNOWS_WHERE = ("trustcenter/audit/keys.py", "trustcenter/settings.py", "trustcenter/site/checks.py")
WEB = (
    "trustcenter.urls",
    "trustcenter.wsgi",
    "trustcenter.web.headers",
    "trustcenter.site.context",
    "trustcenter.accounts.middleware",
)
# Not allowed in flows: what belongs to a request or its response.
NOT_IN_FLOWS = ("django.http", "django.forms", "django.contrib.messages", "django.shortcuts")
STORED = "FILES_DIR"


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts]


# One test looks at the same source several times.
@functools.lru_cache(maxsize=2)
def nodes(source: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(source)))


@functools.cache
def imported(source: str) -> set[str]:
    """The modules that a source imports anywhere; `from a import b` also counts as a.b."""
    names: set[str] = set()
    for node in nodes(source):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def room(path: str) -> tuple[int, str]:
    """The step and the room of a file or folder; (-1, "") for third-party modules."""
    for step, rooms in enumerate(STEPS):
        for folder in rooms:
            if f"{path.removesuffix('.py')}/".startswith(f"{folder}/"):
                return step, folder
    return -1, ""


def may_know(path: str, name: str) -> bool:
    """Whether a file may import a module: it is in a lower step or in the same room."""
    (own, at_home), (other, there) = room(path), room(name.replace(".", "/"))
    # The package above the kernel's rooms is empty.
    return name in {"trustcenter", "ndaflow"} or other < own or there == at_home


def wrong_imports(path: str, source: str) -> set[str]:
    """The forbidden imports of a file at that path."""
    names = imported(source)
    wrong = {name for name in names if not may_know(path, name)}
    if path in PURE:
        pure = tuple(one.removesuffix(".py").replace("/", ".") for one in PURE)
        foreign = {name for name in names if name.split(".")[0] in {"django", *PACKAGES}}
        wrong |= {name for name in foreign if name not in pure and name.rpartition(".")[0] not in pure}
    last = path.rpartition("/")[2]
    if last == "models.py" or "/models/" in path:
        wrong |= {
            name for name in names if name.split(".")[0] in PACKAGES and name.endswith((".flows", ".views", ".mail"))
        }
    if last == "flows.py" or "/flows/" in path:
        wrong |= {name for name in names if name.startswith(NOT_IN_FLOWS)}
    if path == "documents/access.py":
        wrong |= {name for name in names if name.startswith("django.http")}
    return wrong


def writes_status(source: str) -> bool:
    """Whether a source assigns a `.status` or updates one by keyword."""
    for node in nodes(source):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets):
            return True
        update = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update"
        if update and any(keyword.arg == "status" for keyword in node.keywords):  # type: ignore[attr-defined]
            return True
    return False


def writes_log(source: str) -> bool:
    """Whether a source creates or changes rows of the log without its writer."""
    if not any(row in source for row in ("Record", "Detail", "Head", "Checkpoint", "Subtree")):
        return False
    for node in nodes(source):
        if isinstance(node, ast.Call):
            words = ast.unparse(node.func)
            if words.startswith(
                ("Record.objects.", "Detail.objects.", "Head.objects.", "Checkpoint.objects.", "Subtree.objects.")
            ) and words.endswith(
                (".create", ".update", ".delete", ".bulk_create", ".get_or_create", ".update_or_create")
            ):
                return True
            if words in {"Record", "Detail", "Head", "Checkpoint", "Subtree"}:
                return True
    return False


# What else may send mail or start a task: the change itself, and tasks and routines that continue in another task.
OUTBOX = ("trustcenter/audit/changes.py", "trustcenter/work/mail.py", "documents/tasks.py", "documents/routine.py")


def passes_the_change(source: str) -> bool:
    """Whether a source writes to the log, sends mail or starts a task without `audit.change`."""
    if not any(word in source for word in ("append", "send", "enqueue")):
        return False
    calls = [ast.unparse(node.func) for node in nodes(source) if isinstance(node, ast.Call)]
    return any(call in {"log.append", "mail.send"} or call.endswith(".enqueue") for call in calls)


def knows_stored_bytes(source: str) -> bool:
    """Whether a source names the folder in which files are stored."""
    return names(source, STORED)


def names(source: str, setting: str) -> bool:
    return setting in source and any(
        (isinstance(node, ast.Attribute) and node.attr == setting)
        or (isinstance(node, ast.Name) and node.id == setting)
        or (isinstance(node, ast.Constant) and node.value == setting)
        for node in nodes(source)
    )


def reached(*modules: str) -> set[str]:
    """Our modules that these import, directly or indirectly."""
    seen: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        path = ROOT / Path(*module.split("."))
        source = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
        if module in seen or module.split(".")[0] not in PACKAGES or not source.is_file():
            continue
        seen.add(module)
        # Importing a.b.c also imports a and a.b. URL files are named in strings: include("documents.urls").
        waiting += [module.rpartition(".")[0], *imported(source.read_text()), *included(source.read_text())]
    return seen


@functools.cache
def included(source: str) -> set[str]:
    return {
        node.args[0].value
        for node in nodes(source)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "include"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_modules_that_answer_requests_do_not_import_the_log_key():
    web = reached(*WEB)
    assert {
        "ndaflow.requests.views.asking",
        "ndaflow.agreements.tasks",
        "documents.views",
        "trustcenter.site.log.verify",
    } <= web
    assert KEY_MODULE not in web
    # The search works: the worker's modules do import it.
    assert KEY_MODULE in reached("trustcenter.audit.routine") & reached("ndaflow.requests.mails")


def test_only_these_modules_know_the_path_of_the_log_key():
    knows = {str(path.relative_to(ROOT)) for path in sources() if names(path.read_text(), KEY_SETTING)}
    assert knows == set(KNOWS_WHERE)


def broken_rules(name: str, source: str) -> list[str]:
    """What is wrong with a module: imports that it may not have, and what only other modules do."""
    broken = sorted(wrong_imports(name, source))
    if name.startswith("ndaflow/") and name != "ndaflow/requests/flows/step.py" and writes_status(source):
        broken.append("only ndaflow/requests/flows/step.py writes a request's status")
    if not name.startswith("trustcenter/audit/") and writes_log(source):
        broken.append("only trustcenter/audit writes the log")
    if name not in OUTBOX and passes_the_change(source):
        broken.append("only audit.change writes records, sends mail and starts tasks")
    if not name.startswith(("trustcenter/vault/", "trustcenter/settings.py")) and knows_stored_bytes(source):
        broken.append("only trustcenter/vault opens stored bytes")
    return broken


def test_files_follow_the_rules():
    found = {name: broken_rules(name, (ROOT / name).read_text()) for name in map(relative, sources())}
    assert {name: broken for name, broken in found.items() if broken} == {}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("documents/access.py", "from ndaflow.models import AccessRequest"),
        ("ndaflow/agreements/tasks.py", "from ndaflow.requests import receipts"),
        ("ndaflow/requests/forms.py", "from ndaflow.desk import views"),
        ("certifications/views.py", "def f():\n    import documents.models"),
        ("trustcenter/work/mail.py", "from ndaflow.requests import flows"),
        ("trustcenter/work/mail.py", "from trustcenter.web import revision"),
        ("trustcenter/web/throttle.py", "from trustcenter.accounts.models import User"),
        ("trustcenter/accounts/models.py", "from trustcenter.vault import files"),
        ("trustcenter/audit/log.py", "from trustcenter.accounts.models import User"),
        ("certifications/views.py", "from trustcenter.site.views import overview"),
        ("trustcenter/vault/files.py", "from trustcenter.site import backup"),
        ("ndaflow/agreements/signing.py", "from django.utils import timezone"),
        ("ndaflow/requests/models.py", "from ndaflow.requests import flows"),
        ("ndaflow/requests/flows/asking.py", "from django.contrib import messages"),
        ("documents/intake/flows.py", "from django.contrib import messages"),
        ("documents/access.py", "from django.http import Http404"),
    ],
)
def test_planted_bad_import_is_found(path, line):
    assert wrong_imports(path, line)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("ndaflow/requests/views/my.py", "from documents.models import Document"),
        ("trustcenter/urls.py", "from certifications import views"),
        ("trustcenter/site/log/views.py", "from trustcenter.accounts.models import User"),
        ("documents/access.py", "from trustcenter.accounts.models import User"),
        ("trustcenter/audit/routine.py", "from trustcenter.work import mail"),
        ("ndaflow/agreements/signing.py", "import hashlib"),
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
    assert passes_the_change("mail.send('x', to='y')") and passes_the_change("make.enqueue(1)")
    assert not passes_the_change("change.mail('x', to='y')")
    assert knows_stored_bytes("open(settings.FILES_DIR / 'x')")
    assert not knows_stored_bytes("settings.DATA_DIR")
