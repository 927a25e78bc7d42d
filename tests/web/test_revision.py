import pytest
from django.db import transaction

from certifications.models import Claim, Product, Profile, Subprocessor
from documents.models import Document
from tests import cast
from tests.certifications import content
from trustcenter import audit
from trustcenter.web import revision
from trustcenter.web.models import ContentRevision

pytestmark = pytest.mark.django_db


@pytest.fixture
def published():
    content.publish()


def test_row_is_created_automatically():
    ContentRevision.objects.all().delete()
    assert revision.current() == 0
    revision.count()
    assert revision.current() == 1


CHANGES = {
    "save": lambda: Profile.objects.get().save(),
    "add": lambda: Product.objects.create(slug="new", name="New", as_of="2026-03-01"),
    "remove": lambda: Subprocessor.objects.get().delete(),
    "remove many": lambda: Claim.objects.filter(slug="law").delete(),
    "link": lambda: Claim.objects.get(slug="law").products.add(Product.objects.first()),
    "unlink": lambda: Claim.objects.get(slug="own-keys").products.clear(),
    "contradict": lambda: Claim.objects.get(slug="own-keys").conflicts_with.clear(),
    "link from the other side": lambda: Product.objects.get(slug="api").subprocessors.set([]),
    "document": lambda: Document.objects.get(slug="caiq").save(),
    "version": lambda: cast.current_version(Document.objects.get(slug="caiq")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_each_public_change_raises_the_revision(published, change):
    before = revision.current()
    change()
    assert revision.current() > before


def test_rolled_back_change_does_not_raise_the_revision(published):
    before = revision.current()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Profile.objects.get().save()
        raise ZeroDivisionError
    assert revision.current() == before


def test_change_of_many_rows_raises_the_revision_once(published):
    before = revision.current()
    with audit.change(by=None):
        for claim in Claim.objects.all():
            claim.save()
    assert revision.current() == before + 1


def test_failed_change_does_not_affect_the_next_one(published):
    before = revision.current()
    with pytest.raises(ZeroDivisionError), audit.change(by=None):
        raise ZeroDivisionError
    Profile.objects.get().save()
    assert revision.current() == before + 1
