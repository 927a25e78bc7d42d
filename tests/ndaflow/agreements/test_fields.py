from datetime import datetime, timedelta, timezone

import pytest

from ndaflow.agreements import fields
from ndaflow.agreements.text import as_html, blocks
from tests import cast
from trustcenter.audit import FlowError

WHEN = datetime(2026, 11, 28, 1, 30, tzinfo=timezone(timedelta(hours=2)))


def values(**changed):
    known = {"operator": "Trust AG", "company": "Example Corp", "signer": "Rhea Diaz", "email": "rhea@example.com"}
    return fields.for_signer(**(known | changed), version=2, instant=WHEN)


def test_fields_are_filled_with_what_is_known_of_the_signer():
    text = "{operator} and {Company} ({ Effective  Date }), {signer}, {email}, version {version}"
    # Half past one in the signer's zone is still the day before in UTC.
    assert fields.fill(text, values()) == (
        "Trust AG and Example Corp (2026-11-27), Rhea Diaz, rhea@example.com, version 2"
    )
    assert fields.named(text)[:2] == [fields.Field.OPERATOR, fields.Field.COMPANY] and len(fields.named(text)) == 6
    assert fields.fill("{{company}} and {{ or }}", values()) == "{company} and { or }"
    assert fields.fill("{company}", fields.unsigned(operator="Trust AG", version=2)) == r"\[company\]"


@pytest.mark.parametrize(
    "company",
    ["# Big & Co", "*Stars*", "{signer}", "1. First", "- Dash", "A_B_C", "<b>Bold</b>", "[x](http://evil.example)"],
)
def test_value_is_words_and_nothing_else(company):
    """A company may be called like a heading, a link, or a field of ours."""
    text = fields.fill("{company}\n\n{company} agrees.", values(company=company))
    assert [(one.words, one.is_heading) for one in blocks(text)] == [(company, False), (f"{company} agrees.", False)]
    html = str(as_html(text))
    assert html.count("<p>") == 2 and "<b>" not in html and "<a" not in html and "<em>" not in html


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Signed by {sginer}.", "names {sginer}, which is not a field. The fields are {operator}, {company}"),
        ("{request.user.password}", "names {request.user.password}"),
        ("{company!r:>9}", "names {company!r:>9}"),
        ("{}", "which is not a field"),
        ("Between { these lines\n}", "There is a single brace near “Between { these lines }”."),
        ("An end } only", "There is a single brace"),
        ("{{{unknown}}}", "names {unknown}"),
    ],
)
@pytest.mark.django_db
@pytest.mark.once
def test_unknown_field_is_refused_by_name(text, sentence):
    with pytest.raises(FlowError) as refused:
        cast.nda(text)
    assert sentence in str(refused.value)


def test_text_from_before_there_were_fields_stays_as_it_is():
    assert fields.fill("A {strange} brace } here {", values()) == "A {strange} brace } here {"
