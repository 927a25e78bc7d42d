from datetime import date

import pytest
from django.db import IntegrityError

from documents.models import Document, DocumentVersion, Level
from tests import cast
from trustcenter.accounts.models import Company, User
from trustcenter.work.rows import Rows, insert

pytestmark = pytest.mark.django_db

USERS = Rows(
    User,
    """
    SELECT {user}, {company} FROM accounts_user "user"
    LEFT JOIN accounts_company company ON company.id = "user".company_id WHERE "user".email = %s
    """,
    company=Company,
)


def test_rows_are_those_of_the_query_set_with_what_they_lead_to(django_assert_num_queries):
    rhea = cast.rhea()
    document = cast.document("paper", agreements=["baa"])
    rows = Rows(
        Document,
        "SELECT {document}, {level} FROM documents_document document "
        "JOIN documents_level level ON level.id = document.level_id WHERE document.slug = %s",
        level=Level,
    )
    with django_assert_num_queries(1):
        found = rows.first("paper")
        level = found.level
    # Compared field by field: two instances of a model are equal if only their keys are.
    for ours, theirs in ((found, document), (level, document.level)):
        theirs.refresh_from_db()
        for field in theirs._meta.concrete_fields:
            assert getattr(ours, field.attname) == getattr(theirs, field.attname), field
    assert found.agreements == ["baa"] and level.is_public is False
    with django_assert_num_queries(1):
        person = USERS.first(rhea.email)
        assert (person, person.company, person.is_active) == (rhea, rhea.company, True)


def test_a_join_without_a_row_leads_to_none(django_assert_num_queries):
    ada = cast.person("alone@nowhere.example", "Alone")
    with django_assert_num_queries(1):
        assert USERS.first(ada.email).company is None


def test_what_is_read_can_be_saved():
    rhea = cast.rhea()
    found = USERS.first(rhea.email)
    found.name = "Rhea Other"
    found.save(update_fields=["name"])
    assert User.objects.get(pk=rhea.pk).name == "Rhea Other"


def test_no_row_is_none_and_an_empty_list():
    rows = Rows(
        DocumentVersion, "SELECT {documentversion} FROM documents_documentversion documentversion WHERE id = %s"
    )
    assert rows.first("none") is None and rows.all("none") == []


def test_inserted_row_is_the_one_that_save_would_write(django_assert_num_queries):
    values = {"slug": "paper", "title": "A paper", "kind": "other", "agreements": ["baa"], "as_of": date(2026, 3, 1)}
    saved, inserted = Document(**values), Document(**values | {"slug": "other-paper"})
    saved.save(force_insert=True)
    inserted.pk = saved.pk + 1
    with django_assert_num_queries(1):
        insert(inserted)
    assert not inserted._state.adding and inserted._state.db == "default"
    found = Document.objects.get(slug="other-paper")
    for field in found._meta.concrete_fields:
        if field.name not in {"id", "slug"}:
            assert getattr(found, field.attname) == getattr(Document.objects.get(pk=saved.pk), field.attname), field
    with pytest.raises(IntegrityError):
        insert(inserted)
