"""The English catalogue of every text that goes through gettext: `python -m tests.catalogue` writes it.

The sources are in English, so the catalogue translates nothing and is never compiled. It is what a translator starts
from, and needs no gettext program: the texts are read from the sources here.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
PACKAGES = ("trustcenter", "certifications", "documents", "ndaflow")
ONE = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop"})
COUNTED = frozenset({"ngettext", "ngettext_lazy"})
HEADER = """\
# Every text of the trust center. The sources are in English, so nothing is translated here.
# For another language, copy this file to locale/<language>/LC_MESSAGES/django.po and run `manage.py compilemessages`.
msgid ""
msgstr ""
"Language: en\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""
# Django's templatize turns a template into Python calls of gettext, surrounded by text that is not Python.
LITERAL = r"""u?('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
CALL = re.compile(rf"\b(?:_|gettext)\({LITERAL}\)|\bngettext\({LITERAL},\s*{LITERAL},")

# A text and its plural, or "".
Text = tuple[str, str]


def in_module(source: str) -> Iterator[Text]:
    """The texts that a module passes to gettext."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        wanted = 1 if name in ONE else 2 if name in COUNTED else 0
        texts = [one.value for one in node.args[:wanted] if isinstance(one, ast.Constant) and one.value]
        if wanted and len(texts) == wanted:
            yield texts[0], texts[1] if wanted == 2 else ""


def in_template(source: str) -> Iterator[Text]:
    """The texts that a template passes to gettext."""
    for text, singular, plural in CALL.findall(templatize(source)):
        yield ast.literal_eval(text or singular), ast.literal_eval(plural) if plural else ""


def texts() -> dict[Text, list[str]]:
    """Every text, and the files that contain it."""
    found: dict[Text, list[str]] = defaultdict(list)
    modules = [
        path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts
    ]
    pages = [path for path in (ROOT / "templates").rglob("*") if path.is_file()]
    for path in sorted(modules + pages):
        read = in_module if path.suffix == ".py" else in_template
        for text in dict.fromkeys(read(path.read_text())):
            found[text].append(str(path.relative_to(ROOT)))
    return found


def catalogue() -> str:
    """The content of the catalogue file, sorted by text, so that changes rarely conflict."""
    entries = [_entry(text, files) for text, files in sorted(texts().items())]
    return "\n".join([HEADER, *entries])


def _entry(text: Text, files: list[str]) -> str:
    singular, plural = text
    lines = [f"#: {file}" for file in files]
    if re.search(r"%(\(\w+\))?[sd]", singular):
        lines.append("#, python-format")
    lines.append(f"msgid {_quoted(singular)}")
    if plural:
        lines += [f"msgid_plural {_quoted(plural)}", 'msgstr[0] ""', 'msgstr[1] ""']
    else:
        lines.append('msgstr ""')
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


if __name__ == "__main__":
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_text(catalogue())
