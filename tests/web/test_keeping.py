"""{% kept %}: parts of a public page that everyone sees alike are rendered once for each edition, language and address."""

import re

import pytest
from django.template import Context, TemplateSyntaxError, engines
from django.test import RequestFactory
from django.utils import translation

from documents.models import Document
from tests import cast
from tests.certifications import content
from trustcenter.web.templatetags import keeping

pytestmark = pytest.mark.once


def rendered(source: str, *, edition=(1, "today"), path: str = "/", **values) -> str:
    request = RequestFactory().get(path)
    if edition:
        request.edition = edition
    template = engines["django"].from_string("{% load keeping %}" + source)
    return template.template.render(Context({"request": request, **values}))


KEPT = '{% kept %}{% include "components/site_name.html" with profile=profile only %}{% endkept %}'


def test_part_is_rendered_once_for_each_edition_language_and_address():
    assert rendered(KEPT, profile={"name": "One"}).startswith("One")
    assert rendered(KEPT, profile={"name": "Two"}).startswith("One")
    assert rendered(KEPT, profile={"name": "Two"}, edition=(2, "today")).startswith("Two")
    assert rendered(KEPT, profile={"name": "Three"}, path="/?q=x").startswith("Three")
    with translation.override("de"):
        assert rendered(KEPT, profile={"name": "Four"}) == "Trust Center von Four\n"
    # A page without an edition is one visitor's own.
    assert rendered(KEPT, profile={"name": "Five"}, edition=None).startswith("Five")


@pytest.mark.parametrize(
    "inside",
    [
        "{{ user.name }}",
        "Words",
        '{% include "components/site_name.html" with profile=profile %}',
        '{% include "components/account.html" with user=user only %}',
        '{% include "components/account.html" with user=request.user only %}',
        '{% include "components/document_rows.html" with standings=standings only %}',
    ],
)
def test_what_may_be_of_one_reader_is_not_kept(inside):
    with pytest.raises(TemplateSyntaxError):
        rendered("{% kept %}" + inside + "{% endkept %}")


def test_part_in_a_loop_is_refused():
    with pytest.raises(RuntimeError, match="loop"):
        rendered("{% for profile in all %}" + KEPT + "{% endfor %}", all=[1, 2])


def test_part_that_nobody_needed_for_the_longest_time_goes_first():
    long = "x" * 5_000
    parts = keeping.Parts(at_most=12_000)
    for key in "ab":
        parts.keep(key, long)
    assert parts.get("a") == long
    parts.keep("c", long)
    assert [parts.get(key) for key in "abc"] == [long, None, long]
    parts.keep("c", long * 2)
    assert [parts.get(key) for key in "ac"] == [None, long * 2]


@pytest.mark.django_db
def test_addresses_that_find_nothing_do_not_fill_the_memory(client, monkeypatch):
    monkeypatch.setattr(keeping, "parts", keeping.Parts(at_most=20_000))
    for number in range(30):
        assert client.get(f"/answers/?q=nothing{number}{'x' * 2_000}").status_code == 200
    assert 0 < len(keeping.parts) < 10


@pytest.mark.django_db
def test_reader_and_stranger_see_their_own_page_whoever_comes_first(client):
    content.publish()
    cast.current_version(Document.objects.get(slug="caiq"))
    people, pages = [cast.rhea(), cast.vera()], {}
    for path in ("/", "/answers/", "/answers/?q=keys"):
        for order in ([None, *people], [*people, None]):
            keeping.parts.forget()
            for person in order:
                client.logout()
                if person:
                    client.force_login(person)
                page = re.sub('value="[A-Za-z0-9]{64}"', "", client.get(path).content.decode())
                # Whoever came first, it is the same page, and names this reader only.
                assert pages.setdefault((path, person), page) == page
                assert [one.name in page for one in people] == [one == person for one in people]


@pytest.mark.django_db
def test_a_change_is_on_the_next_page(client):
    tables = content.tables()
    tables["documents"][0]["title"] = "An older title"
    content.publish(tables)
    assert "An older title" in client.get("/").content.decode()
    tables["documents"][0]["title"] = "Report of the auditor"
    tables["claims"][2]["answer"] = "Another law."
    content.publish(tables)
    page = client.get("/").content.decode()
    assert "Report of the auditor" in page and "An older title" not in page
    assert "Another law." in client.get("/answers/").content.decode()
