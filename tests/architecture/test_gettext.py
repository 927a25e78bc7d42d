"""Every text that a user reads goes through gettext, in templates, mails, forms, views and flows."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType

from tests.architecture.test_imports import PACKAGES, ROOT

TEMPLATES = ROOT / "templates"
# Names of formats, which are the same in every language, and the header of a mail.
TOKENS = frozenset({"UTC", "JSON", "TOML", "SHA-256", "Subject:"})
WORD = re.compile(r"[^\W\d_]{2,}")
# Attributes that a browser shows or a screen reader reads out.
SPOKEN = frozenset(
    {"alt", "title", "placeholder", "label", "aria-label", "aria-description", "aria-roledescription", "data-label"}
)
LITERAL = re.compile(r"""(_\()?("[^"]*"|'[^']*')""")
FORMATTED = re.compile(r"""\|(?:date|time):("[^"]*"|'[^']*')""")
# Tags whose literals are file or template names, or are translated.
NAMING = frozenset({"extends", "load", "static", "translate"})

# Modules whose texts appear in a terminal or in the server's log, never on a page.
TERMINAL = (
    "trustcenter/management/",
    "trustcenter/site/backup/",
    "trustcenter/site/checks.py",
    "trustcenter/site/demo.py",
    "trustcenter/site/serve.py",
    "trustcenter/site/static_copy.py",
    "trustcenter/settings.py",
    "trustcenter/vault/",
    "trustcenter/work/supervise.py",
    "ndaflow/agreements/sealing/",
    "ndaflow/agreements/tasks.py",
    "ndaflow/agreements/papers/tasks.py",
)
# Modules that may contain untranslated text, each with the reason.
EXEMPT = {
    "trustcenter/site/machine/schema.py": "programs read it, and its words are the same for all of them",
    "documents/marks/marking.py": "the mark has a fixed length and is the same in every copy, whoever reads it",
    "ndaflow/agreements/signing.py": "what a signer agrees to is part of the signed evidence and has one wording",
    "ndaflow/agreements/signed_copy.py": "the PDF's metadata, in the language of the agreement",
    "ndaflow/agreements/papers/countersigned.py": "the same, and the reason in the seal",
}
# Names whose value is translated where it is shown; the literals are marked where they are defined.
MARKED = {
    "finding.sentence": "a sentence of trustcenter/audit/offline.py, which runs without Django",
    "refusal.sentence": "the same",
}
GETTEXT = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext"})
# Calls whose arguments are for developers, a terminal or the server's log.
UNSEEN = re.compile(
    r"^(print|logger\.\w+|logging\.\w+|warnings\.warn|\w*Error|\w*Exception|NotInTransaction|re\.compile)$"
)
# Stored in the database by migrate, and shown on no page of ours.
STORED = frozenset({"permissions"})
# Calls and names whose text is shown even if it is one word or starts in lower case.
SHOWN_CALLS = re.compile(r"^(messages\.(success|info|warning|error)|(\w+\.)?(ValidationError|FlowError|Refused))$")
SHOWN = frozenset({"label", "help_text", "verbose_name", "verbose_name_plural", "empty_label", "short_description"})


def bare(words: str) -> bool:
    """Whether the text contains a word that is not in TOKENS."""
    return any(WORD.search(word) for word in words.split() if word.strip(".,;()") not in TOKENS)


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside.append(tag)
        self.found += [f'{name}="{value}"' for name, value in attrs if name in SPOKEN and bare(value or "")]

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        # Commands to type are the same in every language; a script with a type holds data.
        if not {"code", "script", "style"} & set(self.inside) and bare(data):
            self.found.append(data.strip())


def in_template(source: str, *, html: bool = True) -> list[str]:
    """The texts of a template that are not translated."""
    page, left, found = Page(), "", []
    skipping = ""
    for token in Lexer(source).tokenize():
        name = token.contents.split(" ", 1)[0]
        if token.token_type == TokenType.TEXT:
            left += "" if skipping else token.contents
        elif skipping:
            skipping = "" if name == skipping else skipping
        elif token.token_type == TokenType.BLOCK and name in {"blocktranslate", "comment"}:
            skipping = f"end{name}"
        elif token.contents == "block area":
            # The value of an attribute that selects a part of the style sheet.
            skipping = "endblock"
        if token.token_type in {TokenType.BLOCK, TokenType.VAR} and name not in NAMING:
            found += literals(token.contents)
    if not html:
        return found + [line for line in left.splitlines() if bare(line)]
    page.feed(left)
    page.close()
    return found + page.found


def literals(tag: str) -> list[str]:
    """The literals of a template tag that look like text: a capital letter first, or more than one word."""
    tag = FORMATTED.sub("", tag)
    texts = [text[1:-1] for translated, text in LITERAL.findall(tag) if not translated]
    return [text for text in texts if bare(text) and (text[0].isupper() or " " in text.strip())]


def in_python(source: str) -> Iterator[str]:
    """A module's untranslated literals that a user reads, and arguments of gettext that are not literals."""
    tree = ast.parse(source)
    documented = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
        and isinstance(node.body[0].value, ast.Constant)
    }
    yield from _in_node(tree, documented)


def _in_node(node: ast.AST, documented: set[ast.expr]) -> Iterator[str]:
    if node in documented:
        return
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and sentence(node.value):
            yield node.value
        return
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        if name in GETTEXT:
            texts = node.args[:2] if name.startswith("ngettext") else node.args[:1]
            hidden = [ast.unparse(text) for text in texts if not isinstance(text, ast.Constant)]
            yield from (text for text in hidden if text not in MARKED)
            return
        if UNSEEN.match(name) and not SHOWN_CALLS.match(name):
            return
        if SHOWN_CALLS.match(name):
            # FlowError("code", _("Sentence.")): the code is not shown.
            yield from _plain(node.args[1:] or node.args)
        yield from _plain(word.value for word in node.keywords if word.arg in SHOWN)
    if isinstance(node, ast.Assign):
        names = {ast.unparse(target).split(".")[-1] for target in node.targets}
        if names & STORED:
            return
        if names & SHOWN - {"label"}:
            yield from _plain([node.value])
    for child in ast.iter_child_nodes(node):
        yield from _in_node(child, documented)


def _plain(nodes: Iterator[ast.expr] | list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            yield ast.unparse(node)
        # Sentences are found everywhere, so do not report this one twice.
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not sentence(node.value):
            yield from [node.value] if bare(node.value) else []


def sentence(text: str) -> bool:
    """Whether a literal is a sentence: a capital letter first and at least two words."""
    words = text.split()
    return len(words) > 1 and bool(re.match(r"[A-Z][a-z']* [a-z]", text)) and not text.startswith("SELECT")


def spoken_modules() -> list[Path]:
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts]
    silent = (*TERMINAL, *EXEMPT)
    return [path for path in paths if not str(path.relative_to(ROOT)).startswith(silent)]


def mails_and_pages() -> list[Path]:
    # What is in `machine` is read by programs, in English.
    return sorted(path for path in TEMPLATES.rglob("*") if path.is_file() and path.parent.name != "machine")


def test_templates_have_no_untranslated_text():
    found = {path: in_template(path.read_text(), html=path.suffix == ".html") for path in mails_and_pages()}
    assert {path: texts for path, texts in found.items() if texts} == {}


def test_modules_have_no_untranslated_text():
    found = {path: list(in_python(path.read_text())) for path in spoken_modules()}
    assert {path: texts for path, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    "line",
    [
        "<p>Not yet</p>",
        "<p>{% translate 'Seen' %} and not</p>",
        '<img alt="A page">',
        '<td data-label="Name">',
        '{% include "components/empty.html" with title="Nothing here" only %}',
        '{{ name|default:"Nobody yet" }}',
        '{% icon "bad" "Overdue" %}',
    ],
)
def test_planted_text_in_a_template_is_found(line):
    assert in_template(line)


@pytest.mark.parametrize(
    "line",
    [
        "<p>{% translate 'Not yet' %}</p>",
        "<p>{% blocktranslate trimmed %}Page {{ number }}{% plural %}Pages{% endblocktranslate %}</p>",
        "{# A note to who changes this. #}<p>{{ name }} · {{ when|date:'j F Y' }} UTC</p>",
        '<img alt="{% translate "A page" %}" class="thumbnail large">',
        '{% include "components/empty.html" with title=_("Nothing here") icon="inbox" only %}',
        "<code>sha256sum report.pdf</code>",
        "{% comment %}Why this is here.{% endcomment %}",
    ],
)
def test_planted_good_template_passes(line):
    assert not in_template(line)


def test_excluded_modules_exist():
    assert [path for path in (*TERMINAL, *EXEMPT) if not (ROOT / path).exists()] == []


# A block looks such a name up whole, finds nothing, and leaves a gap in its sentence: it is bound with `with` first.
BLOCK = re.compile(r"\{% blocktranslate\b.*?%\}(.*?)\{% endblocktranslate", re.DOTALL)
UNBOUND = re.compile(r"\{\{(?!\s*\w+\s*\}\})(.*?)\}\}")


def test_translated_blocks_name_bound_variables_only():
    assert UNBOUND.findall("at {{ user.email }} on {{ day }} or {{ day|day }}") == [" user.email ", " day|day "]
    gaps = {
        (path.name, *UNBOUND.findall(body))
        for path in TEMPLATES.rglob("*.*")
        for body in BLOCK.findall(path.read_text(errors="ignore"))
        if UNBOUND.search(body)
    }
    assert gaps == set()


def test_planted_text_in_a_mail_is_found():
    assert in_template("Subject: Hello {{ name }}", html=False)
    assert not in_template("Subject: {% translate 'Hello' %}\n\n{{ SITE_URL }}/\n", html=False)


@pytest.mark.parametrize(
    "line",
    [
        'messages.error(request, "It is not there.")',
        'messages.success(request, f"Saved {name}")',
        'raise FlowError("gone", "It is not there any more.")',
        'name = forms.CharField(label="name")',
        'class A(AppConfig):\n    verbose_name = "People"',
        'OPEN = "open", "Waits for us"',
        '_(f"Saved {name}")',
        "_(sentence)",
    ],
)
def test_planted_text_in_a_module_is_found(line):
    assert list(in_python(line))


@pytest.mark.parametrize(
    "line",
    [
        'messages.error(request, _("It is not there."))',
        'raise FlowError("gone", _("It is not there any more."))',
        'name = forms.CharField(label=_("name"))',
        '"""What this module is for."""\n\ndef f():\n    """Answers what was asked."""',
        'raise ValueError("A role is missing here.")',
        'logger.warning("No mail server is set.")',
        'label = "accounts"',
        'permissions = [("share", "Can share the page")]',
    ],
)
def test_planted_good_module_passes(line):
    assert not list(in_python(line))
