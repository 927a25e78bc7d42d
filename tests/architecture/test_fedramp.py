"""docs/fedramp.md has a row for each rule of FedRAMP, and each test that it names is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
# All rules of "Certification Data Sharing" with their names, in github.com/FedRAMP/rules, fedramp-consolidated-rules.json,
# version 2026.07.14.01.
RULES = {
    "CDS-TRC-USH": "Uninterrupted Sharing",
    "CDS-TRC-PAC": "Programmatic Access",
    "CDS-TRC-AAI": "Agency Access Inventory",
    "CDS-TRC-ACL": "Access Logging",
    "CDS-TRC-HMR": "Human and Machine-Readable Certification Data",
    "CDS-TRC-SSM": "Self-Service Access Management",
    "CDS-UTC-AAD": "Agency Access Denial",
    "CDS-UTC-AGA": "Agency Access",
    "CDS-CSO-PUB": "Public Information",
    "CDS-CSO-SVC": "Public Service List",
    "CDS-CSO-FID": "Always Include FedRAMP ID",
    "CDS-CSO-FRC": "FedRAMP Certification Reports",
    "CDS-CSO-AVR": "Availability Reporting",
    "CDS-CSO-UTC": "Use Trust Centers",
    "CDS-CSO-CBF": "Consistency Between Formats",
    "CDS-CSO-RIS": "Responsible Information Sharing",
    "CDS-CSO-IRP": "Include Relevant Policies",
    "CDS-CSO-HAD": "Historical FedRAMP Certification Data",
    "CDS-CSO-PSM": "Per-Service Certification Materials",
    "CDS-CSO-RPS": "Responsible Public Package Sharing",
    "CDS-CSF-TCM": "Trust Center Migration",
}
ROWS = [
    [cell.strip() for cell in line.strip("| ").split(" | ")]
    for line in (ROOT / "docs/fedramp.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| CDS-")
]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@cache
def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_each_rule_has_its_row():
    assert dict(row[0].split(" ", 1) for row in ROWS) == RULES
    assert len(ROWS) == len(RULES)


@pytest.mark.parametrize("row", ROWS, ids=[row[0].split()[0] for row in ROWS])
def test_row_says_how_the_rule_stands_and_names_tests_that_are_there(row):
    _rule, says, standing, how, *shown = row
    assert re.search(r"\b(MUST|SHOULD|MAY)\b", says) and how
    assert standing in {"met", "partly", "not met", "provider"}
    tests = NAMED.findall(" ".join(shown))
    # Nothing is met because we say so.
    assert tests or standing == "provider"
    assert not [f"{path}::{name}" for path, name in tests if not (ROOT / path).is_file() or name not in functions(path)]
