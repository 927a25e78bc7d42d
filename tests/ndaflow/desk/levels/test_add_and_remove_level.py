"""An administrator adds a level of their own, and removes one that no document has."""

import pytest

from documents.models import Level
from ndaflow.desk.levels import flows
from tests import cast
from tests.ndaflow.desk.levels.pages import PAGE, form
from tests.signin import staff_client
from trustcenter.audit import FlowError
from trustcenter.audit.models import Record

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NEW = {"name": "Board only", "summary": "Three of us approve.", "approvals": 2, "way": "pages"}


@pytest.fixture
def ada(client):
    ada = cast.ada()
    staff_client(client, ada)
    cast.ben()
    cast.nda()
    return ada


def add(client, **typed):
    return client.post(f"{PAGE}new/", form(**NEW) | typed, follow=True)


def test_own_level_is_added_used_and_removed_once_nothing_has_it(client, ada):
    page = add(client).content.decode()
    assert "Added." in page and "Board only" in page
    level = Level.objects.get(name="Board only")
    assert (level.slug, level.approvals, level.is_view_only, level.agreements) == ("board-only", 2, True, ["nda"])
    document = cast.requestable("minutes")
    document.level = level
    document.save()
    assert "Board only" in client.get("/documents/").content.decode()
    answer = client.post(f"{PAGE}board-only/remove/", follow=True)
    assert "cannot be removed" in answer.content.decode()
    document.level = cast.level("nda")
    document.save()
    client.post(f"{PAGE}board-only/remove/")
    assert not Level.objects.filter(slug="board-only").exists()
    assert [one.action for one in Record.objects.filter(subject=f"level:{level.pk}").order_by("number")] == [
        "level.added",
        "level.removed",
    ]


def test_shipped_level_can_be_removed_and_the_public_one_never(client, ada):
    client.post(f"{PAGE}restricted/remove/")
    answer = client.post(f"{PAGE}public/remove/", follow=True)
    assert "cannot be removed" in answer.content.decode()
    assert [level.slug for level in Level.objects.all()] == ["public", "nda"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"approvals": ""}, "Choose how many people have to approve."),
        ({"way": ""}, "Choose whether readers download the documents."),
        ({"approvals": 3}, "nobody could ever get 3 approvals"),
        ({"name": "UNDER nda"}, "There is a level with this name."),
        ({"agreements": ["dpa"]}, "Select a valid choice"),
    ],
)
def test_new_level_that_makes_no_sense_is_refused(client, ada, typed, sentence):
    page = add(client, **typed).content.decode()
    assert sentence in page and "Three of us approve." in page
    assert Level.objects.count() == 3


def test_names_without_latin_letters_and_look_alikes_get_short_names_of_their_own(client, ada):
    for name in ("極秘", "極 秘", "Board-only", "Board only"):
        add(client, name=name)
    slugs = list(Level.objects.values_list("slug", flat=True))
    assert slugs[3:] == ["level", "level-2", "board-only", "board-only-2"]


def test_only_administrators_add_and_remove(client):
    approver = cast.ben()
    with pytest.raises(FlowError, match="permission"):
        flows.add(Level(name="x"), by=approver)
    with pytest.raises(FlowError, match="permission"):
        flows.remove(Level.objects.get(slug="nda"), by=approver)
