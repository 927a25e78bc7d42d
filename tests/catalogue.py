"""The catalogues of the texts that go through gettext: `python -m tests.catalogue` writes them.

`locale/en` has every text. The sources are in English, so it translates nothing and is never compiled. The catalogue
of each other language has the texts that prospects read (`tests/prospects.py`) and keeps their translations. A text
without a translation is shown in English. No gettext program is needed: the texts are read from the sources here.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.utils.translation.template import templatize

from tests import prospects
from trustcenter.web.catalogues import CATALOGUE as FILE
from trustcenter.web.catalogues import Forms, Text, read

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "locale"
CATALOGUE = LOCALE / "en" / FILE
# The plural forms of each language, as gettext writes them.
LANGUAGES = {
    "de": "nplurals=2; plural=(n != 1);",
    "es": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "ja": "nplurals=1; plural=0;",
}
PACKAGES = ("trustcenter", "certifications", "documents", "ndaflow")
ONE = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop"})
COUNTED = frozenset({"ngettext", "ngettext_lazy"})
HEADER = """\
# Every text of the trust center. The sources are in English, so nothing is translated here.
msgid ""
msgstr ""
"Language: en\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""
HEADER_TRANSLATED = """\
# The texts that prospects read. Write translations here; `make messages` adds new texts and drops old ones.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"
"""
# Django's templatize turns a template into Python calls of gettext, surrounded by text that is not Python.
LITERAL = r"""u?('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
CALL = re.compile(rf"\b(?:_|gettext)\({LITERAL}\)|\bngettext\({LITERAL},\s*{LITERAL},")


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


@cache
def for_prospects() -> dict[Text, list[str]]:
    """Every text that a prospect may read, and the files that contain it."""
    found: dict[Text, list[str]] = defaultdict(list)
    sources = [(path, in_module(source)) for path, source in prospects.modules()]
    sources += [(path, in_template(path.read_text())) for path in prospects.templates()]
    for path, ones in sorted(sources, key=lambda pair: pair[0]):
        for text in dict.fromkeys(ones):
            found[text].append(str(path.relative_to(ROOT)))
    return found


def catalogue() -> str:
    """The content of the English catalogue, sorted by text, so that changes rarely conflict."""
    entries = [_entry(text, ("", "") if text[1] else ("",), files) for text, files in sorted(texts().items())]
    return "\n".join([HEADER, *entries])


def translations(language: str) -> dict[Text, Forms]:
    """What the catalogue of a language has now. The header is the entry ("", "")."""
    path = LOCALE / language / FILE
    return read(path.read_text()) if path.exists() else {}


def translated(language: str) -> str:
    """The content of a language's catalogue: the texts of today, with the translations that exist."""
    plural = LANGUAGES[language]
    have, forms = translations(language), int(plural[len("nplurals=")])
    entries = []
    for text, files in sorted(for_prospects().items()):
        empty = ("",) * (forms if text[1] else 1)
        entries.append(_entry(text, have.get(text, empty), files))
    return "\n".join([HEADER_TRANSLATED.format(language=language, plural=plural), *entries])


def _entry(text: Text, forms: Forms, files: list[str]) -> str:
    singular, plural = text
    lines = [f"#: {file}" for file in files]
    if re.search(r"%(\(\w+\))?[sd]", singular):
        lines.append("#, python-format")
    lines.append(f"msgid {_quoted(singular)}")
    if plural:
        lines.append(f"msgid_plural {_quoted(plural)}")
        lines += [f"msgstr[{number}] {_quoted(form)}" for number, form in enumerate(forms)]
    else:
        lines.append(f"msgstr {_quoted(forms[0])}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


if __name__ == "__main__":
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_text(catalogue())
    for language in LANGUAGES:
        path = LOCALE / language / FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(translated(language))
