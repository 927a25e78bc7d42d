"""The catalogue for translators contains exactly the texts in the sources."""

import pytest

from tests import catalogue


def test_catalogue_is_up_to_date():
    assert catalogue.CATALOGUE.read_text() == catalogue.catalogue(), "run `make messages`"


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
