"""The catalogues for translators contain exactly the texts in the sources, and compile to what Django reads."""

import gettext
import io
import re
from collections import Counter

import pytest

from tests import catalogue
from trustcenter.web import catalogues

# The languages of which no text is missing.
WHOLE = tuple(catalogue.LANGUAGES)
# How many new texts may wait for their translation; they are shown in English.
NEW = 0
PARTS = re.compile(r"%\([\w.]+\)[sd]|\{\w*\}|<[^>]*>")


def test_catalogue_is_up_to_date():
    assert catalogue.CATALOGUE.read_text() == catalogue.catalogue(), "run `make messages`"


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_catalogue_of_a_language_is_up_to_date(language):
    written = (catalogue.LOCALE / language / catalogue.FILE).read_text()
    assert written == catalogue.translated(language), "run `make messages`"


@pytest.mark.parametrize("language", WHOLE)
def test_every_text_of_a_language_is_translated(language):
    have = catalogue.translations(language)
    missing = [text for text in catalogue.for_prospects() if not all(have.get(text, ("",)))]
    assert len(missing) <= NEW, missing


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_translations_have_the_placeholders_and_tags_of_their_text(language):
    """The form for one may leave the number out: "Your document is open"."""
    wrong = []
    for (singular, plural), forms in catalogue.translations(language).items():
        for number, form in enumerate(forms if singular else ()):
            wanted = parts(plural or singular)
            few = bool(plural) and number == 0 and len(forms) > 1
            if form and not (parts(form) <= wanted if few else parts(form) == wanted):
                wrong.append(form)
    assert not wrong


def parts(text):
    return Counter(PARTS.findall(text))


def test_a_catalogue_compiles_to_what_gettext_reads():
    entries = {
        ("", ""): ("Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n",),
        ("Save", ""): ("Speichern „so“",),
        ("a page", "%(n)s pages"): ("eine Seite", "%(n)s Seiten"),
        ("Later", ""): ("",),
    }
    read = gettext.GNUTranslations(io.BytesIO(catalogues.compiled(entries)))
    assert read.gettext("Save") == "Speichern „so“"
    assert [read.ngettext("a page", "%(n)s pages", n) for n in (1, 2)] == ["eine Seite", "%(n)s Seiten"]
    assert read.gettext("Later") == "Later"


def test_catalogues_are_compiled_when_they_change(tmp_path):
    source = tmp_path / "locale"
    written = source / "de" / catalogues.CATALOGUE
    written.parent.mkdir(parents=True)
    made = written.with_suffix(".mo")
    for translation in ("Sichern", "Speichern"):
        written.write_text(
            f'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Save"\nmsgstr "{translation}"\n'
        )
        catalogues.compile_all(source)
        with made.open("rb") as file:
            assert gettext.GNUTranslations(file).gettext("Save") == translation
    first = made.stat().st_ino
    catalogues.compile_all(source)
    assert made.stat().st_ino == first


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('_("Save")', ("Save", "")),
        ('label = gettext_lazy("Two " "parts")', ("Two parts", "")),
        ('ngettext("%(n)s page", "%(n)s pages", n)', ("%(n)s page", "%(n)s pages")),
    ],
)
def test_texts_of_a_module_are_found(source, found):
    assert list(catalogue.in_module(source)) == [found]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('{% translate "Save" %}', ("Save", "")),
        ("{% include 'x.html' with title=_('Don\\'t') only %}", ("Don't", "")),
        ("{% blocktranslate trimmed %}\n  Hello\n  {{ name }}\n{% endblocktranslate %}", ("Hello %(name)s", "")),
        (
            "{% blocktranslate trimmed count n=pages %}{{ n }} page{% plural %}{{ n }} pages{% endblocktranslate %}",
            ("%(n)s page", "%(n)s pages"),
        ),
    ],
)
def test_texts_of_a_template_are_found(source, found):
    assert list(catalogue.in_template(source)) == [found]


def test_comments_and_other_calls_are_ignored():
    assert not list(catalogue.in_template('{# translate "Save" #}{% url "site:overview" %}{% icon "alert" %}'))
    assert not list(catalogue.in_module('print("Save")\n_(name)\n_("")'))
