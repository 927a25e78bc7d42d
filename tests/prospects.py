"""Which texts prospects read: the pages and mails for people outside, and the modules behind these.

Only these texts are translated. What staff reads stays in English: the desk, the admin, mails to colleagues, commands.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = ROOT / "templates"
FOLDERS = (
    "account",
    "agreements",
    "documents",
    "invitations",
    "mail",
    "mfa",
    "objections",
    "privacy",
    "public",
    "requests",
    "updates",
)
# Templates in these folders, and above them, that only staff reads.
STAFF_TEMPLATES = frozenset(
    {"mail/draft_stopped.txt", "mail/post_stopped.txt"}
    | {"base_desk.html", "mailbox.html", "components/masthead_desk.html", "components/demo_mailbox.html"}
    | {
        f"mail/{name}.txt"
        for name in (
            *("agreement_ends_legal", "checkpoint", "copies_answered", "duty_due", "erasure_asked"),
            *("legal_asked", "listed_ends", "objection_waiting", "one_time_password", "paper_uploaded", "prospect"),
            *("facts_to_review", "question_answered"),
            *("request_assigned", "request_due", "request_late", "request_waiting", "rules_yesterday"),
            *("scope_to_confirm", "second_approval", "sign_in_reset", "staff_added"),
        )
    }
)
# Evidence in the language of its agreement, like the text that was signed.
EVIDENCE = frozenset(f"agreements/{name}_copy.html" for name in ("signed", "unsigned")) | {
    "agreements/countersigned_paper.html"
}
# Components that template tags include.
TAGS = ("components/coverage.html", "components/lock.html")
NAMED = re.compile(r"""["']([\w/]+\.(?:html|txt))["']""")

# Modules and packages of which prospects may read every text.
MODULES = (
    "certifications/about.py",
    "certifications/filtering.py",
    "certifications/history",
    "certifications/posture.py",
    "certifications/posture_json.py",
    "certifications/search",
    "certifications/subscribing",
    "certifications/updates/feeds.py",
    "certifications/updates/reading.py",
    "certifications/updates/views.py",
    "certifications/views.py",
    "documents/agreements.py",
    "documents/delivery.py",
    "documents/found.py",
    "documents/reading",
    "documents/standing.py",
    "documents/views.py",
    "ndaflow/agreements/alone_views.py",
    "ndaflow/agreements/forms.py",
    "ndaflow/agreements/needed.py",
    "ndaflow/agreements/papers/uploads.py",
    "ndaflow/agreements/views.py",
    "ndaflow/invitations/forms.py",
    "ndaflow/invitations/views.py",
    "ndaflow/objections/forms.py",
    "ndaflow/objections/views.py",
    "ndaflow/privacy/archive.py",
    "ndaflow/privacy/collecting.py",
    "ndaflow/privacy/erasing.py",
    "ndaflow/privacy/views.py",
    "ndaflow/requests",
    "trustcenter/accounts/adapters.py",
    "trustcenter/accounts/addresses.py",
    "trustcenter/accounts/factor_views.py",
    "trustcenter/accounts/factors.py",
    "trustcenter/accounts/fields.py",
    "trustcenter/accounts/flows.py",
    "trustcenter/accounts/forms.py",
    "trustcenter/accounts/sessions.py",
    "trustcenter/accounts/views.py",
    "trustcenter/audit/offline.py",
    "trustcenter/audit/receipts.py",
    "trustcenter/site/answers.py",
    "trustcenter/site/answers_table.py",
    "trustcenter/site/coverage.py",
    "trustcenter/site/fiscal_years.py",
    "trustcenter/site/log/verify.py",
    "trustcenter/site/one_page.py",
    "trustcenter/site/products.py",
    "trustcenter/site/views.py",
    "trustcenter/web",
    "trustcenter/work/retention.py",
)
# Modules in these packages that only staff reads.
STAFF_MODULES = (
    "certifications/models/duties.py",
    "ndaflow/requests/notices.py",
    "ndaflow/requests/risks.py",
    "trustcenter/web/apps.py",
)
# Models: the names of choices, and where /changes/ names fields, these too.
CHOICES = (
    "documents/models",
    "ndaflow/agreements/models",
    "ndaflow/invitations/models.py",
    "ndaflow/objections/models.py",
    "ndaflow/privacy/models.py",
)
FIELDS = ("certifications/models",)
# Where prospects and staff are refused by one list: the names of those that prospects read.
REFUSALS = {
    "documents/refusals.py": {"Shut": None, "Refusal": {"EMPTY"}},
    "documents/models/deliveries.py": {"Kind": None},
    "ndaflow/agreements/papers/models.py": {"State": None, "Kind": None},
    "ndaflow/agreements/refusals.py": {
        "Refusal": {
            "SEALED", "NO_TEXT", "NOT_ALONE", "NO_TEXT_IN_FORCE", "OTHER_TEXT_SHOWN", "COVERED_ALREADY", "NOT_TYPED",
        }
    },
    "ndaflow/objections/refusals.py": {"Refusal": {"TOO_LATE", "OBJECTED_BEFORE", "NO_TEXT", "STAFF"}},
    "ndaflow/privacy/refusals.py": {
        "Refusal": {"EXPORT_RUNNING", "EXPORT_GONE", "ERASURE_WAITS", "ERASURE_SETTLED", "STAFF_ACCOUNT"}
    },
    "ndaflow/requests/copies/refusals.py": {"Refusal": {"NOT_HOLDER", "ANSWERED", "NO_ANSWER", "NO_WORDS"}},
    "ndaflow/requests/refusals.py": {
        "Refusal": {
            "CHANGED", "MOVED_ON", "OPENED_MEANWHILE", "GONE", "NOT_REQUESTER", "NO_DOCUMENT", "LEVEL_MISSING",
            "IN_PREPARATION", "OTHER_BROWSER", "REQUESTED_BEFORE", "NO_QUESTION", "NO_ANSWER", "NO_AGREEMENT",
            "OTHER_TEXT", "OWN_ADDRESS", "TOLD_BEFORE", "ENOUGH_TOLD", "NOT_INVITED", "NOT_FORWARDED",
            "SIGNED_BEFORE", "COVERED", "NOT_NEEDED", "PAPER_WAITS", "PAPER_KIND", "NOT_IN_REQUEST", "NOT_RENEWABLE",
        }
    },
    "trustcenter/accounts/refusals.py": {
        "Refusal": {
            "ACCOUNT_GONE", "LAST_FACTOR", "NO_ADDRESS", "NOT_SHOWN", "NO_COMPANY_NAME", "MAILBOX_FULL",
            "MAILBOX_FULL_TODAY", "NETWORK_FULL", "SITE_FULL",
        }
    },
}  # fmt: skip


def templates() -> set[Path]:
    """The pages and mails, with every template that they extend or include."""
    found: set[Path] = set()
    waiting = [path for folder in FOLDERS for path in (TEMPLATES / folder).rglob("*") if path.is_file()]
    waiting += [*TEMPLATES.glob("*.html"), *(TEMPLATES / name for name in TAGS)]
    while waiting:
        path = waiting.pop()
        if path in found or str(path.relative_to(TEMPLATES)) in STAFF_TEMPLATES | EVIDENCE:
            continue
        found.add(path)
        waiting += [TEMPLATES / name for name in NAMED.findall(path.read_text()) if (TEMPLATES / name).is_file()]
    return found


def modules() -> Iterator[tuple[Path, str]]:
    """The modules, each with the part of its source that prospects read."""
    for path in _files(MODULES):
        if str(path.relative_to(ROOT)) not in {*STAFF_MODULES, *REFUSALS}:
            yield path, path.read_text() if "models" not in path.parts else _choices(path.read_text())
    for path in _files(CHOICES):
        if str(path.relative_to(ROOT)) not in REFUSALS:
            yield path, _choices(path.read_text())
    for path in _files(FIELDS):
        if str(path.relative_to(ROOT)) not in STAFF_MODULES:
            yield path, _fields(path.read_text())
    for name, classes in REFUSALS.items():
        path = ROOT / name
        yield path, _members(path.read_text(), classes)


def _files(names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        path = ROOT / name
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def _choices(source: str) -> str:
    kept = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and any("Choices" in ast.unparse(base) for base in node.bases)
    ]
    return "\n".join(map(ast.unparse, kept))


def _fields(source: str) -> str:
    """Without help texts and without why a row cannot be saved, which editors read."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            node.keywords = [word for word in node.keywords if word.arg not in {"help_text", "violation_error_message"}]
            if ast.unparse(node.func).endswith("ValidationError"):
                node.args = []
    return ast.unparse(tree)


def _members(source: str, classes: dict[str, set[str] | None]) -> str:
    kept = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and node.name in classes:
            wanted = classes[node.name]
            lines = [one for one in node.body if isinstance(one, ast.Assign)]
            kept += [one for one in lines if wanted is None or ast.unparse(one.targets[0]) in wanted]
    return "\n".join(map(ast.unparse, kept))
